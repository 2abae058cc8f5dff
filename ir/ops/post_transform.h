#pragma once

#include <string>

#include "ir/expression.h"

namespace twingrad {

// The attribute 'post_transform' of the models of ai.onnx.ml: NONE, LOGISTIC, SOFTMAX, SOFTMAX_ZERO
// (which gives zeros a share of nothing) or PROBIT. What ONNX leaves open is as in onnxruntime's
// ml_common.h. Throws Error for other names.
std::string post_transform_of(const Attributes& attributes);

// Scores, one column a class or target, as the transform makes them.
Expr post_transformed(Expr scores, const std::string& name);
// The scores of two classes of which a model has one column: [1 - s, s] of a share, [-s, s] of a
// signed score; under LOGISTIC the logistic function of -s and s, whichever it is.
Expr scores_of_two(Expr score, const std::string& name, bool is_share);

// Class labels of 'classlabels_strings', or of the integers in the attribute of this name.
Tensor class_labels(const Attributes& attributes, const std::string& integers);

}  // namespace twingrad
