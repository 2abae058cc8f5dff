#include "importers/json/element_values.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "importers/json/base64.h"
#include "importers/stored_tensor.h"
#include "ir/error.h"
#include "ir/float_formats.h"

namespace twingrad {
namespace {

// The largest finite number of the formats whose conversion from float stops there.
double largest_of(DataType type) {
  switch (type) {
    case DataType::kFloat8E4M3FN:
      return 448;
    case DataType::kFloat8E4M3FNUZ:
      return 240;
    case DataType::kFloat8E5M2:
    case DataType::kFloat8E5M2FNUZ:
      return 57344;
    case DataType::kFloat8E8M0:
      return 0x1p127;
    case DataType::kFloat4E2M1:
      return 6;
    case DataType::kFloat6E2M3:
      return 7.5;
    case DataType::kFloat6E3M2:
      return 28;
    default:
      return std::numeric_limits<double>::max();
  }
}

class ElementReader {
 public:
  explicit ElementReader(Tensor& tensor) : tensor_(tensor), type_(tensor.type()) {}

  // `values` holds the elements behind the first `axis` indices.
  void read(const JsonView& values, int64_t axis) {
    if (axis == tensor_.rank()) {
      read_element(values);
      ++next_;
      return;
    }
    for (const JsonView& item : values.items()) read(item, axis + 1);
  }

 private:
  void read_element(const JsonView& value) {
    if (type_ == DataType::kString) {
      tensor_.strings()[static_cast<size_t>(next_)] = text_of(value);
    } else if (type_ == DataType::kBool) {
      tensor_.data<bool>()[next_] = value.boolean();
    } else if (is_integer(type_)) {
      read_integer(value);
    } else if (is_complex(type_)) {
      read_complex(value);
    } else {
      read_float(value, tensor_, next_);
    }
  }

  void read_integer(const JsonView& value) {
    const int bits = stored_bits(type_);
    uint64_t stored = 0;
    if (type_ == DataType::kUint64) {
      stored = value.unsigned_integer();
    } else if (is_signed_integer(type_)) {
      const int64_t largest = INT64_MAX >> (64 - bits);
      stored = static_cast<uint64_t>(value.integer(-largest - 1, largest));
    } else {
      stored = static_cast<uint64_t>(value.integer(0, (int64_t{1} << bits) - 1));
    }
    put_bits(tensor_, next_, stored);
  }

  void read_complex(const JsonView& value) {
    const auto parts = value.items();
    if (parts.size() != 2) value.refuse("expected [real, imaginary], found ", parts.size());
    Tensor pair(type_ == DataType::kComplex64 ? DataType::kFloat : DataType::kDouble, {2});
    read_float(parts[0], pair, 0);
    read_float(parts[1], pair, 1);
    const size_t size = pair.byte_size();
    std::memcpy(tensor_.data<std::byte>() + static_cast<size_t>(next_) * size, pair.raw(), size);
  }

  // Little-endian, as everything here: the lowest bytes of `bits`.
  static void put_bits(Tensor& tensor, int64_t index, uint64_t bits) {
    const size_t size = element_size(tensor.type());
    std::memcpy(tensor.data<std::byte>() + static_cast<size_t>(index) * size, &bits, size);
  }

  static void read_float(const JsonView& value, Tensor& tensor, int64_t index) {
    if (value.is_string()) {
      read_special(value, tensor, index);
      return;
    }
    const double number = value.number();
    const DataType type = tensor.type();
    const bool no_such_sign = type == DataType::kFloat8E8M0 && number <= 0;
    if (no_such_sign || std::fabs(number) > largest_of(type)) refuse_range(value, type);
    set_element(tensor, index, number);
    if (!std::isfinite(element_as_double(tensor, index))) refuse_range(value, type);
  }

  [[noreturn]] static void refuse_range(const JsonView& value, DataType type) {
    value.refuse(value.number(), " is out of the range of ", data_type_name(type));
  }

  static void read_special(const JsonView& value, Tensor& tensor, int64_t index) {
    const std::string_view text = value.string();
    if (text.starts_with("0x")) {
      put_bits(tensor, index, hexadecimal_bits(value, tensor.type()));
      return;
    }
    double number = std::numeric_limits<double>::infinity();
    if (text == "NaN") {
      number = std::numeric_limits<double>::quiet_NaN();
    } else if (text == "-Infinity") {
      number = -number;
    } else if (text != "Infinity") {
      value.refuse("expected a number, \"NaN\", \"Infinity\", \"-Infinity\" or \"0x...\", found ",
                   quoted_name(text));
    }
    if (kFloat8Types.contains(tensor.type())) {
      // set_element would stop at the largest finite number.
      tensor.data<uint8_t>()[index] =
          small_float_from_float(static_cast<float>(number), tensor.type(), false);
    } else {
      set_element(tensor, index, number);
    }
    const double stored = element_as_double(tensor, index);
    if (std::isnan(number) ? !std::isnan(stored) : stored != number) {
      value.refuse(data_type_name(tensor.type()), " has no ", text);
    }
  }

  static uint64_t hexadecimal_bits(const JsonView& value, DataType type) {
    const std::string_view digits = value.string().substr(2);
    uint64_t bits = 0;
    const char* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, bits, 16);
    const size_t expected = static_cast<size_t>(stored_bits(type) + 3) / 4;
    if (digits.size() != expected || parsed.ec != std::errc() || parsed.ptr != end) {
      value.refuse("expected ", expected, " hexadecimal digits for ", data_type_name(type));
    }
    if (stored_bits(type) < 8 && bits >> stored_bits(type) != 0) {
      value.refuse("more bits than the ", stored_bits(type), " of ", data_type_name(type));
    }
    return bits;
  }

  Tensor& tensor_;
  DataType type_;
  int64_t next_ = 0;
};

// Before memory is taken: that the text has all elements that the shape asks for.
void check_extents(const JsonView& values, const Shape& shape, int64_t axis) {
  if (axis == shape.rank()) return;
  const auto items = values.items();
  if (static_cast<int64_t>(items.size()) != shape[axis]) {
    values.refuse("expected ", shape[axis], " items along axis ", axis, " of shape ", shape,
                  ", found ", items.size());
  }
  for (const JsonView& item : items) check_extents(item, shape, axis + 1);
}

Shape shape_of(const JsonView& values, DataType type) {
  std::vector<int64_t> extents;
  JsonView at = values;
  while (at.is_array()) {
    const auto items = at.items();
    extents.push_back(static_cast<int64_t>(items.size()));
    if (items.empty()) break;
    at = items.front();
  }
  // The innermost array of complex numbers is a number.
  if (is_complex(type) && !extents.empty() && extents.back() != 0) extents.pop_back();
  return Shape(std::move(extents));
}

}  // namespace

std::string text_of(const JsonView& value) {
  if (!value.is_object()) return std::string(value.string());
  value.refuse_keys_other_than({"base64"});
  const JsonView encoded = value.at("base64");
  try {
    const auto bytes = decode_base64(encoded.string());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  } catch (const Error& error) {
    throw error.at(encoded.path());
  }
}

Tensor tensor_of_values(const JsonView& values, DataType type) {
  return tensor_of_values(values, type, shape_of(values, type));
}

Tensor tensor_of_values(const JsonView& values, DataType type, const Shape& shape) {
  check_extents(values, shape, 0);
  Tensor tensor(type, shape);
  ElementReader(tensor).read(values, 0);
  return tensor;
}

}  // namespace twingrad
