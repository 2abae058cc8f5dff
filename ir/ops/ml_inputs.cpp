#include "ir/ops/ml_inputs.h"

#include "ir/error.h"
#include "ir/infer.h"

namespace twingrad {

std::vector<float> floats(const Attributes& attributes, std::string_view name) {
  return attributes.has(name) ? attributes.get<std::vector<float>>(name) : std::vector<float>();
}

const PartialShape* matrix_shape(const InferContext& context) {
  const PartialShape* shape = context.shape(0);
  check(shape == nullptr || shape->rank() == 2, "the input must have 2 axes");
  return shape;
}

}  // namespace twingrad
