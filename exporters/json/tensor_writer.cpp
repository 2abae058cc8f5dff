#include "exporters/json/tensor_writer.h"

#include <algorithm>

#include "exporters/json/element_text.h"
#include "exporters/stored_bytes.h"
#include "ir/type.h"

namespace twingrad {
namespace {

// The document may not be nested too deeply for its own reader.
constexpr int64_t kMostNestedArrays = 8;

bool fits_safetensors(const Tensor& tensor) {
  const TypeSet types = kNumericTypes | kBoolType | kFloat8Types |
                        TypeSet{DataType::kComplex64, DataType::kFloat4E2M1};
  const bool whole_bytes = tensor.element_count() * stored_bits(tensor.type()) % 8 == 0;
  return types.contains(tensor.type()) && whole_bytes;
}

}  // namespace

std::string JsonTensorWriter::free_key(std::string_view wanted) {
  const std::string stem(wanted.empty() || wanted == "__metadata__" ? "tensor" : wanted);
  std::string key = stem;
  for (size_t suffix = 1; !keys_.insert(key).second; ++suffix) {
    key = stem + "_" + std::to_string(suffix);
  }
  return key;
}

JsonValue JsonTensorWriter::value(const Tensor& tensor, std::string_view name) {
  JsonValue object = JsonValue::object();
  const Type type = Type::tensor(tensor.type(), PartialShape(tensor.shape()));
  object.add("type", JsonValue::string(json_type_text(type)));
  const bool is_text = tensor.type() == DataType::kString;
  // An empty tensor may have other extents that are large.
  const auto is_short = [this](int64_t extent) { return extent <= inline_limit_; };
  const bool small = tensor.element_count() <= inline_limit_ &&
                     tensor.rank() <= kMostNestedArrays &&
                     std::ranges::all_of(tensor.shape(), is_short);
  if (is_text || small) {
    object.add("values", nested_values(tensor));
  } else if (fits_safetensors(tensor)) {
    const std::string key = free_key(name);
    object.add("file", JsonValue::string(weights_file_));
    if (key != name) object.add("key", JsonValue::string(key));
    weights_.push_back({key, tensor});
  } else {
    const auto bytes = stored_bytes(tensor);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    object.add("base64", JsonValue::string(encode_base64(text)));
  }
  return object;
}

JsonValue JsonTensorWriter::value(const SparseTensor& sparse) {
  JsonValue object = JsonValue::object();
  JsonValue shape = JsonValue::array();
  for (const int64_t extent : sparse.shape) shape.append(JsonValue::integer(extent));
  object.add("shape", std::move(shape));
  object.add("values", value(sparse.values, ""));
  object.add("indices", value(sparse.indices, ""));
  return object;
}

}  // namespace twingrad
