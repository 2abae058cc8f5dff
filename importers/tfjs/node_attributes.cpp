#include "importers/tfjs/node_attributes.h"

#include <charconv>
#include <limits>

#include "importers/json/base64.h"
#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

struct TypeRow {
  std::string_view name;
  int64_t number;
  DataType type;
};
constexpr TypeRow kTypes[] = {
    {"DT_FLOAT", 1, DataType::kFloat},        {"DT_DOUBLE", 2, DataType::kDouble},
    {"DT_INT32", 3, DataType::kInt32},        {"DT_UINT8", 4, DataType::kUint8},
    {"DT_INT16", 5, DataType::kInt16},        {"DT_INT8", 6, DataType::kInt8},
    {"DT_STRING", 7, DataType::kString},      {"DT_COMPLEX64", 8, DataType::kComplex64},
    {"DT_INT64", 9, DataType::kInt64},        {"DT_BOOL", 10, DataType::kBool},
    {"DT_BFLOAT16", 14, DataType::kBfloat16}, {"DT_UINT16", 17, DataType::kUint16},
    {"DT_HALF", 19, DataType::kFloat16},      {"DT_UINT32", 22, DataType::kUint32},
    {"DT_UINT64", 23, DataType::kUint64}};

// Base64, or a list of the bytes as numbers.
std::string read_bytes(const JsonView& value) {
  std::string text;
  if (value.is_array()) {
    for (const JsonView& item : value.items()) text += static_cast<char>(item.integer(0, 255));
    return text;
  }
  try {
    for (const std::byte byte : decode_base64(value.string())) text += static_cast<char>(byte);
  } catch (const Error& error) {
    throw error.at(value.path());
  }
  return text;
}

double read_number(const JsonView& value) {
  if (value.is_number()) return value.number();
  const std::string_view text = value.string();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  value.refuse("expected a number, found ", quoted_name(text));
}

}  // namespace

DataType read_tensor_type(const JsonView& value) {
  for (const TypeRow& row : kTypes) {
    if (value.is_string() ? row.name == value.string() : row.number == value.integer()) {
      return row.type;
    }
  }
  const std::string found =
      value.is_string() ? quoted_name(value.string()) : std::to_string(value.integer());
  fail_unsupported(value.path(), ": the type ", found, " is not supported");
}

int64_t read_whole_number(const JsonView& value) {
  if (!value.is_string()) return value.integer();
  const std::string_view text = value.string();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    value.refuse("expected a whole number, found ", quoted_name(text));
  }
  return number;
}

std::optional<PartialShape> read_tensor_shape(const JsonView& object) {
  if (const auto unknown = object.find("unknownRank"); unknown && unknown->boolean()) {
    return std::nullopt;
  }
  PartialShape shape;
  const auto dims = object.find("dim");
  if (!dims) return shape;
  for (const JsonView& dim : dims->items()) {
    const auto size = dim.find("size");
    const int64_t extent = size ? read_whole_number(*size) : 0;
    if (extent < -1) size->refuse("expected an extent, found ", extent);
    shape.append(extent < 0 ? Dimension() : Dimension(extent));
  }
  if (shape.rank() > kRankLimit) dims->refuse("more than ", kRankLimit, " axes");
  return shape;
}

JsonView NodeAttributes::value(std::string_view key, std::string_view kind) const {
  const auto found = node_.attribute(key);
  check(found.has_value(), "the attribute ", quoted_name(key), " is missing");
  return found->at(kind);
}

std::vector<JsonView> NodeAttributes::list(std::string_view key, std::string_view kind) const {
  const auto items = value(key, "list").find(kind);
  return items ? items->items() : std::vector<JsonView>();
}

bool NodeAttributes::flag(std::string_view key, bool fallback) const {
  return has(key) ? value(key, "b").boolean() : fallback;
}

int64_t NodeAttributes::integer(std::string_view key, std::optional<int64_t> fallback) const {
  return fallback && !has(key) ? *fallback : read_whole_number(value(key, "i"));
}

double NodeAttributes::real(std::string_view key, double fallback) const {
  return has(key) ? read_number(value(key, "f")) : fallback;
}

std::string NodeAttributes::text(std::string_view key, std::optional<std::string> fallback) const {
  return fallback && !has(key) ? *fallback : read_bytes(value(key, "s"));
}

DataType NodeAttributes::type(std::string_view key, std::optional<DataType> fallback) const {
  return fallback && !has(key) ? *fallback : read_tensor_type(value(key, "type"));
}

std::vector<int64_t> NodeAttributes::integers(std::string_view key,
                                              std::vector<int64_t> fallback) const {
  if (!has(key)) return fallback;
  std::vector<int64_t> numbers;
  for (const JsonView& item : list(key, "i")) numbers.push_back(read_whole_number(item));
  return numbers;
}

std::vector<std::string> NodeAttributes::texts(std::string_view key) const {
  std::vector<std::string> result;
  if (!has(key)) return result;
  for (const JsonView& item : list(key, "s")) result.push_back(read_bytes(item));
  return result;
}

std::string_view NodeAttributes::function(std::string_view key) const {
  return value(key, "func").at("name").string();
}

std::optional<PartialShape> NodeAttributes::shape(std::string_view key) const {
  return has(key) ? read_tensor_shape(value(key, "shape")) : std::nullopt;
}

}  // namespace twingrad
