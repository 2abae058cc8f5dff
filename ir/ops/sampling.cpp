#include "ir/ops/sampling.h"

#include "ir/ops/extents.h"

namespace twingrad {
namespace {

const std::vector<int64_t> kChannel = {1};

Expr floor_of(Expr x) {
  return x.apply("Floor");
}

}  // namespace

// The weight is 1, but follows the index: its slope is what rounding has by convention.
std::vector<AxisTap> nearest_taps(Expr coordinate) {
  const Expr index = coordinate.apply("Round");
  return {{index, index - index + 1}};
}

std::vector<AxisTap> linear_taps(Expr coordinate) {
  const Expr first = floor_of(coordinate);
  const Expr part = coordinate - first;
  return {{first, 1.0 - part}, {first + 1, part}};
}

std::vector<AxisTap> cubic_taps(Expr coordinate, double a) {
  const Expr first = floor_of(coordinate);
  const Expr part = coordinate - first;
  const auto near = [a](Expr x) { return (x * (a + 2) - (a + 3)) * x * x + 1; };
  const auto far = [a](Expr x) { return ((x * a - 5 * a) * x + 8 * a) * x - 4 * a; };
  const Expr rest = 1.0 - part;
  return {{first - 1, far(part + 1)},
          {first, near(part)},
          {first + 1, near(rest)},
          {first + 2, far(rest + 1)}};
}

Expr extent_as_number(Expr x, int64_t axis) {
  const Dimension& extent = x.shape()[axis];
  if (extent.known()) return x.like(static_cast<double>(extent.extent));
  const std::vector<int64_t> first = {0};
  return squeeze(cast(extent_of(x, axis), x.element()), first);
}

Expr bounded(Expr x, Expr low, Expr high) {
  return where(x < low, low, where(x > high, high, x));
}

AxisTap zero_outside(const AxisTap& tap, Expr extent) {
  const Expr zero = tap.index.like(0);
  const Expr last = extent - 1;
  const Expr inside = (tap.index >= zero).apply("And", {tap.index <= last});
  return {bounded(tap.index, zero, last), where(inside, tap.weight, zero)};
}

Reading read_elements(Expr image, std::span<const AxisTap> taps) {
  Expr offset = cast(taps[0].index, DataType::kInt64);
  Expr weight = taps[0].weight;
  for (size_t axis = 1; axis < taps.size(); ++axis) {
    const Expr extent = extent_of(image, static_cast<int64_t>(axis) + 2);
    offset = offset * extent + cast(taps[axis].index, DataType::kInt64);
    weight = weight * taps[axis].weight;
  }
  const Expr flat =
      reshape(image, joined({extent_of(image, 0), extent_of(image, 1), image.integers({-1})}));
  const Expr shape = joined({extent_of(image, 0), extent_of(image, 1), extent_of(offset, 1)});
  const Expr indices = unsqueeze(offset, kChannel).apply("Expand", {shape});
  return {flat.apply("GatherElements", {indices}, {{"axis", int64_t{2}}}),
          unsqueeze(weight, kChannel)};
}

std::vector<Reading> all_readings(Expr image, const std::vector<std::vector<AxisTap>>& taps) {
  std::vector<std::vector<AxisTap>> combinations = {{}};
  for (const std::vector<AxisTap>& along : taps) {
    std::vector<std::vector<AxisTap>> longer;
    for (const auto& start : combinations) {
      for (const AxisTap& tap : along) {
        longer.push_back(start);
        longer.back().push_back(tap);
      }
    }
    combinations = std::move(longer);
  }
  std::vector<Reading> readings;
  readings.reserve(combinations.size());
  for (const auto& combination : combinations) {
    readings.push_back(read_elements(image, combination));
  }
  return readings;
}

Expr interpolated(Expr image, const std::vector<std::vector<AxisTap>>& taps) {
  std::optional<Expr> sum;
  for (const Reading& reading : all_readings(image, taps)) {
    const Expr part = reading.values * reading.weight;
    sum = sum ? *sum + part : part;
  }
  return *sum;
}

}  // namespace twingrad
