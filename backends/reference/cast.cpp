#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "backends/elementwise.h"
#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// A cast goes through one of three wide types that hold every element of the source exactly.
constexpr int64_t kPiece = 256;
template <typename Wide>
using Buffer = std::array<Wide, kPiece>;

template <typename F>
void with_source_type(DataType type, F f) {
  switch (type) {
    case DataType::kBool:
      return f.template operator()<bool>();
    case DataType::kInt4:
    case DataType::kInt2:
      return f.template operator()<int8_t>();
    case DataType::kUint4:
    case DataType::kUint2:
      return f.template operator()<uint8_t>();
    default:
      dispatch_numbers(type, f);
  }
}

template <typename T>
auto widened(T element) {
  if constexpr (std::is_same_v<T, uint64_t>) {
    return element;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<int64_t>(element);
  } else if constexpr (kIsHalf<T>) {
    return static_cast<double>(static_cast<float>(element));
  } else {
    return static_cast<double>(element);
  }
}

// To float so that rounding it again to fewer bits gives what rounding `value` once would: an
// inexact result gets an odd last bit.
float rounded_to_odd(double value) {
  const auto nearest = static_cast<float>(value);
  if (static_cast<double>(nearest) == value || !std::isfinite(nearest)) return nearest;
  if ((std::bit_cast<uint32_t>(nearest) & 1) != 0) return nearest;
  const float end = value > static_cast<double>(nearest) ? std::numeric_limits<float>::infinity()
                                                         : -std::numeric_limits<float>::infinity();
  return std::nextafter(nearest, end);
}

// e8m0 holds powers of two only; ONNX lets the node choose how to round to one.
float rounded_to_power(float value, const std::string& mode) {
  check(mode == "up" || mode == "down" || mode == "nearest",
        "attribute 'round_mode' must be up, down or nearest, found ", quoted_name(mode));
  if (std::isinf(value)) return std::numeric_limits<float>::quiet_NaN();
  if (std::isnan(value) || value == 0 || mode == "nearest") return value;
  int exponent = 0;
  const float fraction = std::frexp(std::fabs(value), &exponent);
  const bool up = mode == "up" && fraction > 0.5F;
  return std::ldexp(up ? 1.0F : 0.5F, exponent);
}

struct Target {
  DataType type;
  bool saturate;
  const std::string& round_mode;
};

template <typename Wide>
float to_float(Wide value) {
  if constexpr (std::is_floating_point_v<Wide>) return rounded_to_odd(value);
  return static_cast<float>(value);
}

// A 4- or 2-bit integer out of the low bits of `value`, sign-extended where it has a sign.
int8_t low_bits(int64_t value, DataType type) {
  const int bits = stored_bits(type);
  const auto low = static_cast<uint32_t>(value) & ((1U << bits) - 1);
  const bool negative = is_signed_integer(type) && (low >> (bits - 1)) != 0;
  return static_cast<int8_t>(negative ? static_cast<int>(low) - (1 << bits)
                                      : static_cast<int>(low));
}

// Floats beyond the range: what their integer leaves in the low bits, as ONNX's own evaluator has
// it.
template <typename Wide>
int8_t to_sub_byte(Wide value, DataType type) {
  if constexpr (std::is_floating_point_v<Wide>) {
    return low_bits(truncated_to_integer<int32_t>(value), type);
  } else {
    return low_bits(static_cast<int64_t>(value), type);
  }
}

template <typename T, typename Wide>
T narrowed(Wide value) {
  if constexpr (kIsHalf<T>) {
    return T(to_float(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    return value != Wide{0};
  } else if constexpr (std::is_integral_v<T> && std::is_floating_point_v<Wide>) {
    return truncated_to_integer<T>(value);
  } else {
    return static_cast<T>(value);  // integers: the low bits
  }
}

template <typename Wide>
void narrow(const Buffer<Wide>& from, int64_t count, void* to, const Target& target) {
  const auto fill = [&]<typename T>(T*, auto convert) {
    for (int64_t i = 0; i < count; ++i) {
      static_cast<T*>(to)[i] = convert(from[static_cast<size_t>(i)]);
    }
  };
  const DataType type = target.type;
  if (kSmallFloatTypes.contains(type)) {
    fill(static_cast<uint8_t*>(nullptr), [&](Wide value) {
      float number = to_float(value);
      if (type == DataType::kFloat8E8M0) number = rounded_to_power(number, target.round_mode);
      return small_float_from_float(number, type, target.saturate);
    });
  } else if (kSubByteTypes.contains(type)) {
    fill(static_cast<int8_t*>(nullptr), [&](Wide value) { return to_sub_byte(value, type); });
  } else {
    with_source_type(type, [&]<typename T>() {
      fill(static_cast<T*>(nullptr), [](Wide value) { return narrowed<T>(value); });
    });
  }
}

void cast_piece(const void* from, int64_t stride, DataType type, int64_t count, void* to,
                const Target& target) {
  if (kSmallFloatTypes.contains(type)) {
    Buffer<double> wide;
    for (int64_t i = 0; i < count; ++i) {
      wide[static_cast<size_t>(i)] = static_cast<double>(
          small_float_to_float(static_cast<const uint8_t*>(from)[i * stride], type));
    }
    return narrow(wide, count, to, target);
  }
  with_source_type(type, [&]<typename T>() {
    Buffer<decltype(widened(T{}))> wide;
    for (int64_t i = 0; i < count; ++i) {
      wide[static_cast<size_t>(i)] = widened(static_cast<const T*>(from)[i * stride]);
    }
    narrow(wide, count, to, target);
  });
}

Target target_of(const Node& node, DataType type) {
  return {type, node.attributes.flag("saturate"), node.attributes.text("round_mode")};
}

void cast_elements(const ElementRun& run) {
  const Target target = target_of(run.node, run.output_type);
  const size_t from_size = element_size(run.type) * static_cast<size_t>(run.strides[0]);
  const size_t to_size = element_size(run.output_type);
  for (int64_t first = 0; first < run.count; first += kPiece) {
    const auto at = static_cast<size_t>(first);
    cast_piece(static_cast<const std::byte*>(run.inputs[0]) + at * from_size, run.strides[0],
               run.type, std::min(kPiece, run.count - first),
               static_cast<std::byte*>(run.output) + at * to_size, target);
  }
}

template <typename T>
std::string text_of(T value) {
  std::array<char, 32> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

// The shortest text that reads back as the same number, in the precision of the element type.
std::string element_text(const Tensor& tensor, int64_t i) {
  const DataType type = tensor.type();
  if (type == DataType::kUint64) return text_of(tensor.data<uint64_t>()[i]);
  if (type == DataType::kInt64) return text_of(tensor.data<int64_t>()[i]);
  const double value = element_as_double(tensor, i);
  if (!is_floating_point(type)) return text_of(static_cast<int64_t>(value));
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "INF" : "-INF";
  return type == DataType::kDouble ? text_of(value) : text_of(static_cast<float>(value));
}

double parsed_float(const std::string& text) {
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const char* first = lower.data() + (lower.starts_with('+') ? 1 : 0);
  const char* last = lower.data() + lower.size();
  double value = 0;
  const auto result = std::from_chars(first, last, value);
  const bool read = result.ec == std::errc() || result.ec == std::errc::result_out_of_range;
  check(read && result.ptr == last && first != last, "the string ", quoted_name(text),
        " is no number");
  if (result.ec == std::errc::result_out_of_range) return std::strtod(first, nullptr);
  return value;
}

template <typename Wide>
bool parse_integer(const std::string& text, Wide& value) {
  const char* first = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto result = std::from_chars(first, text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

void cast_text(const std::string& text, void* to, const Target& target) {
  Buffer<int64_t> number;
  Buffer<uint64_t> natural;
  if (!is_floating_point(target.type)) {
    if (parse_integer(text, number[0])) return narrow(number, 1, to, target);
    if (parse_integer(text, natural[0])) return narrow(natural, 1, to, target);
  }
  Buffer<double> real;
  real[0] = parsed_float(text);
  narrow(real, 1, to, target);
}

void cast(const KernelContext& context) {
  const Tensor& input = context.input(0);
  Tensor& output = context.output();
  const int64_t count = input.element_count();
  const Target target = target_of(context.node, output.type());
  if (input.type() == DataType::kString && output.type() == DataType::kString) {
    std::ranges::copy(input.strings(), output.strings().begin());
  } else if (output.type() == DataType::kString) {
    for (int64_t i = 0; i < count; ++i) {
      output.strings()[static_cast<size_t>(i)] = element_text(input, i);
    }
  } else if (input.type() == DataType::kString) {
    const size_t size = element_size(output.type());
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      cast_text(input.strings()[i], output.data<std::byte>() + i * size, target);
    }
  } else {
    run_elementwise(context, cast_elements);
  }
}

}  // namespace

std::vector<KernelRow> reference_cast_kernels() {
  return {{.op = "Cast", .types = kAllTypes | kFloat6Types, .run = cast}};
}

}  // namespace twingrad
