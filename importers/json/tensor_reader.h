#pragma once

#include <map>
#include <string>
#include <string_view>

#include "importers/confined_file.h"
#include "importers/json_text.h"
#include "ir/tensor.h"

namespace twingrad {

// Reads the tensors of a model file: a number or nested arrays of numbers (then it is of type
// float), or an object with
//   "type": "float[2,3]", "values": [[...], [...]]       elements, see element_values.h
//   "type": "int4[5]",    "base64": "..."                stored bytes, see stored_tensor.h
//   "file": "w.safetensors", "key": "W"                  an entry of a file in the model's folder
//   "type": "float[2,3]", "initializer": "he_normal"...  see weight_initializer.h
// Instead of extents in the type there may be "shape": [2, 3]; the element type is float where
// there is no "type" at all. Beside "values" the extents may be left out, beside "file" everything.
class JsonTensorReader {
 public:
  // `folder` may be null: then there are no files. At most `made_limit` bytes are made up by
  // initializers, all together. The folder outlives the reader.
  JsonTensorReader(const Folder* folder, uint64_t made_limit)
      : folder_(folder), made_limit_(made_limit) {}

  // `name` is the default of "key" and the stream of random numbers; where it is empty, "key" is
  // required and there are no random weights. `extra` are keys that the object may have besides.
  Tensor read(const JsonView& value, std::string_view name,
              std::initializer_list<std::string_view> extra = {});

 private:
  struct Declared;
  using TensorsByName = std::map<std::string, Tensor, std::less<>>;
  Tensor from_file(const JsonView& object, std::string_view name, const Declared& declared);
  Tensor made(const JsonView& object, std::string_view name, DataType element, const Shape& shape);
  const TensorsByName& file(const JsonView& path);

  const Folder* folder_;
  uint64_t made_limit_;
  uint64_t made_bytes_ = 0;
  std::map<std::string, TensorsByName, std::less<>> files_;
};

}  // namespace twingrad
