#include "importers/json/tensor_reader.h"

#include <algorithm>
#include <optional>

#include "importers/json/base64.h"
#include "importers/json/element_values.h"
#include "importers/json/model_keys.h"
#include "importers/json/type_text.h"
#include "importers/json/weight_initializer.h"
#include "importers/safetensors.h"
#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {

// What "type" and "shape" say; nullopt where they do not.
struct JsonTensorReader::Declared {
  std::optional<DataType> element;
  std::optional<Shape> shape;

  explicit Declared(const JsonView& object) {
    if (const auto text = object.find("type")) read_type(*text);
    if (const auto extents = object.find("shape")) read_shape(*extents);
  }

 private:
  void read_type(const JsonView& text) {
    Type type;
    try {
      type = parse_type(text.string());
    } catch (const Error& error) {
      throw error.at(text.path());
    }
    if (!type.is_tensor() || (type.shape && !type.is_static())) {
      text.refuse("expected the type of a tensor with known extents, found ", type);
    }
    element = type.element;
    if (type.shape) shape = type.shape->shape();
  }
  void read_shape(const JsonView& extents) {
    if (shape) extents.refuse("the extents are in 'type' already");
    shape.emplace();
    for (const JsonView& extent : extents.items()) shape->append(extent.integer(0, INT64_MAX));
    if (shape->rank() > kRankLimit) extents.refuse("rank exceeds the limit of ", kRankLimit);
  }
};

namespace {

const Shape& known_shape(const JsonView& object, const std::optional<Shape>& shape) {
  if (!shape) object.refuse("expected extents in 'type', \"float[2,3]\", or in 'shape'");
  return *shape;
}

// The one key that says where the elements come from.
std::string_view source_of(const JsonView& object) {
  std::string_view found;
  for (const std::string_view source : kTensorSources) {
    if (!object.find(source)) continue;
    if (!found.empty()) object.refuse("both ", quoted_name(found), " and ", quoted_name(source));
    found = source;
  }
  if (found.empty()) {
    object.refuse("expected 'values', 'base64', 'file' or 'initializer', found neither");
  }
  return found;
}

void refuse_unknown_keys(const JsonView& object, std::string_view source,
                         std::initializer_list<std::string_view> extra) {
  const auto is_among = [](std::initializer_list<std::string_view> keys, std::string_view key) {
    return std::ranges::find(keys, key) != keys.end();
  };
  for (const auto& [key, value] : object.members()) {
    const bool known = key == source || key == "type" || key == "shape" || is_among(extra, key) ||
                       (source == "file" && key == "key") ||
                       (source == "initializer" && is_among(kInitializerKeys, key));
    if (!known)
      object.refuse("unknown key ", quoted_name(key), " of a tensor with ", quoted_name(source));
  }
}

}  // namespace

Tensor JsonTensorReader::read(const JsonView& value, std::string_view name,
                              std::initializer_list<std::string_view> extra) {
  if (!value.is_object()) return tensor_of_values(value, DataType::kFloat);
  const std::string_view source = source_of(value);
  refuse_unknown_keys(value, source, extra);
  const Declared declared(value);
  const DataType element = declared.element.value_or(DataType::kFloat);
  const JsonView content = value.at(source);
  if (source == "values") {
    return declared.shape ? tensor_of_values(content, element, *declared.shape)
                          : tensor_of_values(content, element);
  }
  if (source == "file") return from_file(value, name, declared);
  const Shape& shape = known_shape(value, declared.shape);
  if (source == "initializer") return made(value, name, element, shape);
  try {
    return tensor_from_stored(element, shape, decode_base64(content.string()));
  } catch (const Error& error) {
    throw error.at(content.path());
  }
}

Tensor JsonTensorReader::made(const JsonView& object, std::string_view name, DataType element,
                              const Shape& shape) {
  if (name.empty()) object.refuse("only parameters, constants and defaults have initializers");
  std::optional<int64_t> bytes = 1;
  for (const int64_t extent : shape) {
    if (bytes) bytes = checked_product(*bytes, std::max<int64_t>(extent, 1));
  }
  if (bytes) bytes = checked_product(*bytes, static_cast<int64_t>(element_size(element)));
  if (!bytes || static_cast<uint64_t>(*bytes) > made_limit_ - made_bytes_) {
    object.refuse("would allocate ", data_type_name(element), shape, " beside ", made_bytes_,
                  " bytes, limit ", made_limit_, " bytes");
  }
  made_bytes_ += static_cast<uint64_t>(*bytes);
  return initialized(object, element, shape, name);
}

const JsonTensorReader::TensorsByName& JsonTensorReader::file(const JsonView& path) {
  const std::string_view relative = path.string();
  const auto known = files_.find(relative);
  if (known != files_.end()) return known->second;
  if (folder_ == nullptr) path.refuse("a model that is not in a file has no files beside it");
  try {
    const InputFile file = folder_->open(relative);
    try {
      TensorsByName tensors;
      for (NamedTensor& entry : read_safetensors(file)) {
        tensors.emplace(std::move(entry.name), std::move(entry.tensor));
      }
      return files_.emplace(relative, std::move(tensors)).first->second;
    } catch (const Error& error) {
      throw error.at(quoted_name(relative));
    }
  } catch (const Error& error) {
    throw error.at(path.path());
  }
}

Tensor JsonTensorReader::from_file(const JsonView& object, std::string_view name,
                                   const Declared& declared) {
  const JsonView path = object.at("file");
  const auto given = object.find("key");
  if (!given && name.empty()) object.refuse("the key 'key' is missing");
  const std::string_view key = given ? given->string() : name;
  const TensorsByName& tensors = file(path);
  const auto found = tensors.find(key);
  if (found == tensors.end()) {
    path.refuse(quoted_name(path.string()), " has no tensor ", quoted_name(key));
  }
  const Tensor& tensor = found->second;
  if (declared.element.value_or(tensor.type()) != tensor.type() ||
      declared.shape.value_or(tensor.shape()) != tensor.shape()) {
    path.refuse("tensor ", quoted_name(key), " in ", quoted_name(path.string()), " is ",
                data_type_name(tensor.type()), tensor.shape(),
                ", which is not what the model says");
  }
  return tensor;
}

}  // namespace twingrad
