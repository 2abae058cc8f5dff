#pragma once

#include <string>
#include <vector>

#include "ir/model.h"
#include "ir/named_tensor.h"

namespace twingrad {

// Tensors up to this many elements stand in the model's text.
inline constexpr int64_t kMostInlineElements = 64;

struct JsonModelText {
  std::string text;
  std::vector<NamedTensor> weights;  // for the safetensors file beside it
};

// The model in the form that docs/model.md describes, the same text for the same model at any time.
// Nothing is lost: reading it gives the same model, see ir/same_model.h. `weights_file` is the name
// that the text uses for the file beside it. Throws Error for names and documentation that are not
// UTF-8, and (unsupported) for graphs that are nested too deeply for the form.
JsonModelText json_model(const Model& model, const std::string& weights_file,
                         int64_t inline_limit = kMostInlineElements);

// Writes the model to `path`, a name that ends in ".json", and its larger tensors, if there are
// any, to NAME.safetensors beside it. Both appear atomically, the weights first. Throws Error,
// naming the file.
void write_json_model(const Model& model, const std::string& path,
                      int64_t inline_limit = kMostInlineElements);

}  // namespace twingrad
