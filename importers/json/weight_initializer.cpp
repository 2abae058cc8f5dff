#include "importers/json/weight_initializer.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ir/error.h"
#include "ir/normal_quantile.h"
#include "ir/random.h"

namespace twingrad {
namespace {

enum class Fan : uint8_t { kIn, kBoth };

// The rows that scale with the number of connections: variance = factor / fan.
struct ScaledRow {
  std::string_view name;
  bool normal;
  double factor;  // of the range's square; of the variance for normal ones
  Fan fan;
};
constexpr std::array<ScaledRow, 6> kScaledRows = {{{"glorot_uniform", false, 6, Fan::kBoth},
                                                   {"glorot_normal", true, 2, Fan::kBoth},
                                                   {"he_uniform", false, 6, Fan::kIn},
                                                   {"he_normal", true, 2, Fan::kIn},
                                                   {"lecun_uniform", false, 3, Fan::kIn},
                                                   {"lecun_normal", true, 1, Fan::kIn}}};

uint64_t hash_of(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

// Never 0 and never 1, and exact in a double.
double inside_unit_interval(uint64_t bits) {
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

double number_or(const JsonView& object, std::string_view key, double fallback) {
  const auto value = object.find(key);
  return value ? value->number() : fallback;
}

void refuse_foreign_keys(const JsonView& object, std::string_view name,
                         std::initializer_list<std::string_view> own) {
  for (const std::string_view key : kInitializerKeys) {
    if (std::ranges::find(own, key) == own.end() && object.find(key)) {
      object.at(key).refuse("the initializer ", quoted_name(name), " does not have this key");
    }
  }
}

// Connections into and out of one unit; the key, or what the shape says.
double fan(const JsonView& object, const Shape& shape, bool in) {
  const std::string_view key = in ? "fan_in" : "fan_out";
  if (const auto given = object.find(key)) {
    return static_cast<double>(given->integer(1, int64_t{1} << 53));
  }
  if (shape.rank() < 2) {
    object.refuse("shape ", shape, " does not say how many connections a unit has, expected '", key,
                  "'");
  }
  if (shape.rank() == 2) return static_cast<double>(shape[in ? 0 : 1]);
  return static_cast<double>(shape[in ? 1 : 0]) *
         static_cast<double>(shape.product(2, shape.rank()));
}

double scale(const JsonView& object, const Shape& shape, const ScaledRow& row) {
  double connections = fan(object, shape, true);
  if (row.fan == Fan::kBoth) connections += fan(object, shape, false);
  if (connections == 0) return 0;  // no elements either
  return number_or(object, "gain", 1) * std::sqrt(row.factor / connections);
}

// Stores a double in an element, throws where that makes it infinite.
void put(const JsonView& object, Tensor& tensor, int64_t index, double value) {
  set_element(tensor, index, value);
  if (!std::isfinite(element_as_double(tensor, index))) {
    object.refuse("the initializer draws ", value, ", out of the range of ",
                  data_type_name(tensor.type()));
  }
}

// Both distributions are base + factor * (a number in (0, 1), or a standard normal one).
Tensor drawn(const JsonView& object, Tensor tensor, std::string_view name, bool normal, double base,
             double factor) {
  if (!kFloatTypes.contains(tensor.type())) {
    object.refuse("random weights of type ", data_type_name(tensor.type()),
                  ", expected float, double, float16 or bfloat16");
  }
  const auto given = object.find("seed");
  const uint64_t seed = given ? given->unsigned_integer() : 0;
  const RandomStream stream(seed, hash_of(name));
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    const double u = inside_unit_interval(stream.bits(static_cast<uint64_t>(i)));
    put(object, tensor, i, std::fma(factor, normal ? normal_quantile(u) : u, base));
  }
  return tensor;
}

Tensor scaled(const JsonView& object, Tensor tensor, std::string_view name, const ScaledRow& row) {
  refuse_foreign_keys(object, row.name, {"gain", "seed", "fan_in", "fan_out"});
  const double size = scale(object, tensor.shape(), row);
  if (row.normal) return drawn(object, std::move(tensor), name, true, 0, size);
  return drawn(object, std::move(tensor), name, false, -size, size + size);
}

Tensor constant(const JsonView& object, const Tensor& tensor, const JsonView& value) {
  if (tensor.type() == DataType::kString || is_complex(tensor.type())) {
    object.refuse("no initializer for the type ", data_type_name(tensor.type()));
  }
  const double number = value.is_boolean() ? (value.boolean() ? 1 : 0) : value.number();
  Tensor filled = Tensor::filled(tensor.type(), tensor.shape(), number);
  if (filled.element_count() > 0 && is_integer(filled.type()) &&
      element_as_double(filled, 0) != number) {
    value.refuse(number, " is no ", data_type_name(filled.type()));
  }
  return filled;
}

}  // namespace

Tensor initialized(const JsonView& object, DataType type, const Shape& shape,
                   std::string_view name) {
  const JsonView initializer = object.at("initializer");
  const std::string_view kind = initializer.string();
  if (kind == "zeros" || kind == "ones") {
    refuse_foreign_keys(object, kind, {});
    if (type == DataType::kString) object.refuse("no initializer for the type string");
    return Tensor::filled(type, shape, kind == "ones" ? 1 : 0);
  }
  if (kind == "constant") {
    refuse_foreign_keys(object, kind, {"value"});
    return constant(object, Tensor(type, shape), object.at("value"));
  }
  if (kind == "uniform") {
    refuse_foreign_keys(object, kind, {"low", "high", "seed"});
    const double low = number_or(object, "low", 0);
    const double high = number_or(object, "high", 1);
    if (low > high) object.refuse("low ", low, " is above high ", high);
    return drawn(object, Tensor(type, shape), name, false, low, high - low);
  }
  if (kind == "normal") {
    refuse_foreign_keys(object, kind, {"mean", "deviation", "seed"});
    return drawn(object, Tensor(type, shape), name, true, number_or(object, "mean", 0),
                 number_or(object, "deviation", 1));
  }
  for (const ScaledRow& row : kScaledRows) {
    if (row.name == kind) return scaled(object, Tensor(type, shape), name, row);
  }
  initializer.refuse("unknown initializer ", quoted_name(kind));
}

}  // namespace twingrad
