#pragma once

#include "importers/confined_file.h"
#include "importers/json_text.h"
#include "ir/model.h"

namespace twingrad {

// Whether a document is a TensorFlow.js model, of either format.
bool is_tfjs_model(const JsonView& root);

// The model of a document, with its weights from files in `folder`. Throws Error with the path in
// the document, or with the names of nodes and layers; unsupported are layers and operators that
// have no row. docs/tfjs.md says what becomes of what.
Model read_tfjs_model(const JsonView& root, const Folder& folder);

}  // namespace twingrad
