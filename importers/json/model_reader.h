#pragma once

#include <cstdint>
#include <string>

#include "importers/confined_file.h"
#include "importers/json_text.h"
#include "ir/model.h"

namespace twingrad {

// Whether a document is a model of the form that docs/model.md describes.
bool is_json_model(const JsonView& root);

// Three quarters of the machine's memory, in bytes.
uint64_t default_made_limit();

// The model of a document. Its files are opened in `folder`, which may be null where there are
// none. Initializers make up no more than `made_limit` bytes. Throws Error with the path in the
// document: for what is not in docs/model.md, for names that are never or twice defined, for
// cycles, and for what the operators refuse. Where operators do not exist, one unsupported Error
// names them all.
Model read_json_model(const JsonView& root, const Folder* folder,
                      uint64_t made_limit = default_made_limit());

// The same from a file; its weights are in its folder. Errors name the file.
Model read_json_model_file(const std::string& path, uint64_t made_limit = default_made_limit());

}  // namespace twingrad
