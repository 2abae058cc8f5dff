#include "parity/other_output.h"

namespace twingrad {
namespace {

// The numbers of nested lists in row-major order. Throws Error unless all lie at the same depth and
// lists of one depth have one length.
void collect(const JsonView& value, const Shape& shape, int64_t axis,
             std::vector<JsonView>& numbers) {
  if (axis == shape.rank()) {
    if (value.is_array()) value.refuse("a nested list is deeper than the first one");
    numbers.push_back(value);
    return;
  }
  const auto items = value.items();
  if (static_cast<int64_t>(items.size()) != shape[axis]) {
    value.refuse("a nested list of ", items.size(), " items, expected ", shape[axis]);
  }
  for (const JsonView& item : items) collect(item, shape, axis + 1, numbers);
}

DataType type_of(const std::vector<JsonView>& numbers) {
  if (numbers.empty()) return DataType::kDouble;
  if (numbers.front().is_boolean()) return DataType::kBool;
  for (const JsonView& number : numbers) {
    if (!number.is_integer()) return DataType::kDouble;
  }
  return DataType::kInt64;
}

Tensor read_nested_list(const JsonView& value) {
  Shape shape;
  for (JsonView first = value; first.is_array();) {
    const auto items = first.items();
    shape.append(static_cast<int64_t>(items.size()));
    if (items.empty()) break;
    first = items.front();
  }
  std::vector<JsonView> numbers;
  collect(value, shape, 0, numbers);
  Tensor tensor(type_of(numbers), shape);
  for (size_t i = 0; i < numbers.size(); ++i) {
    switch (tensor.type()) {
      case DataType::kBool:
        tensor.data<bool>()[i] = numbers[i].boolean();
        break;
      case DataType::kInt64:
        tensor.data<int64_t>()[i] = numbers[i].integer();
        break;
      default:
        tensor.data<double>()[i] = numbers[i].number();
    }
  }
  return tensor;
}

Tensor read_value(const JsonView& value) {
  if (value.is_string()) return Tensor::of_strings({}, {std::string(value.string())});
  return read_nested_list(value);
}

SequenceItem read_item(const JsonView& item) {
  if (!item.is_object()) return read_value(item);
  std::map<std::string, Tensor> map;
  for (const auto& [key, value] : item.members()) map.emplace(key, read_value(value));
  return map;
}

}  // namespace

Tensor read_string_tensor(const JsonView& object) {
  Shape shape;
  for (const JsonView& extent : object.at("shape").items()) {
    shape.append(extent.integer(0, INT64_MAX));
  }
  try {
    return Tensor::of_strings(shape, object.at("values").strings());
  } catch (const Error& error) {
    if (std::string_view(error.what()).starts_with('$')) throw;
    throw error.at(object.path());
  }
}

OtherOutput read_other_output(const JsonView& object) {
  const auto sequence = object.find("sequence");
  if (!sequence) return read_string_tensor(object);
  std::vector<SequenceItem> items;
  for (const JsonView& item : sequence->items()) items.push_back(read_item(item));
  return items;
}

}  // namespace twingrad
