#include "ir/ops/quantization_expansion.h"

#include <cmath>
#include <numeric>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/extents.h"

namespace twingrad {
namespace {

// In which sums and products with numbers of `type` are done: every quantized number is exact
// there.
DataType wide_type(DataType type) {
  return type == DataType::kDouble ? type : DataType::kFloat;
}

std::optional<Expr> optional_input(Builder& builder, std::span<const ValueId> inputs, size_t i) {
  if (i >= inputs.size() || inputs[i] == kNoValue) return std::nullopt;
  return Expr(builder, inputs[i]);
}

// The type that x is divided by its scale in. Scales that only name powers of two, or are integers,
// leave it to x; integers by integers are divided in double, which holds both exactly.
DataType division_type(const Node& node, Expr x, Expr scale) {
  const int64_t precision = node.attributes.integer("precision");
  if (precision != 0) return static_cast<DataType>(precision);
  if (kFloatTypes.contains(scale.element())) return scale.element();
  if (kFloatTypes.contains(x.element())) return x.element();
  return scale.element() == DataType::kInt32 ? DataType::kDouble : DataType::kFloat;
}

}  // namespace

std::optional<IntegerRange> quantized_range(DataType type) {
  const int bits = stored_bits(type);
  if (!is_integer(type) || bits > 16) return std::nullopt;
  if (!is_signed_integer(type)) return IntegerRange{0, std::ldexp(1.0, bits) - 1};
  return IntegerRange{-std::ldexp(1.0, bits - 1), std::ldexp(1.0, bits - 1) - 1};
}

bool is_single(const Type& type) {
  if (!type.shape) return false;
  const Dimension count = product_of(*type.shape, 0, type.shape->rank());
  return count.is(1);
}

Expr spread_over(Expr factor, Expr x, int64_t axis, int64_t block_size) {
  if (is_single(factor.type())) {
    return factor.rank() == 0 ? factor : reshape(factor, std::span<const int64_t>());
  }
  const int64_t rank = x.rank();
  const int64_t place = rank == 1 ? 0 : normalized_axis(axis, rank);
  if (block_size == 0) {
    check(factor.rank() <= 1, "a scale of shape ", factor.shape(), " without blocks");
    if (factor.rank() == 0) return factor;
    const Dimension& count = factor.shape()[0];
    const Dimension& extent = x.shape()[place];
    check(!count.known() || !extent.known() || count.extent == extent.extent, "a scale of shape ",
          factor.shape(), " for axis ", place, " of ", x.shape());
    std::vector<int64_t> behind(static_cast<size_t>(rank - 1 - place));
    std::iota(behind.begin(), behind.end(), 1);
    return unsqueeze(factor, behind);
  }
  // Of every element along the axis the number of its block: the last block may be cut.
  const Expr block = counted(extent_of(x, place)) / x.integers({block_size});
  return gather(factor, block, place);
}

Expr quantized(Expr ratio, std::optional<Expr> zero_point, DataType type, bool saturate) {
  const auto range = quantized_range(type);
  Expr steps = range ? ratio.apply("Round") : ratio;
  const DataType wide = wide_type(steps.element());
  if (range || zero_point) steps = cast(steps, wide);
  if (zero_point) steps = steps + cast(*zero_point, wide);
  if (range) steps = steps.apply("Clip", {steps.like(range->low), steps.like(range->high)});
  return steps.apply("Cast", {},
                     {{"to", static_cast<int64_t>(type)}, {"saturate", int64_t{saturate}}});
}

Expr dequantized(Expr x, const Quantization& quantization, DataType type) {
  const DataType wide = wide_type(type);
  Expr steps = cast(x, wide);
  if (quantization.zero_point) steps = steps - cast(*quantization.zero_point, wide);
  return cast(steps * cast(quantization.scale, wide), type);
}

std::vector<ValueId> expand_quantize(Builder& builder, const Node& node,
                                     std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr scale(builder, inputs[1]);
  const int64_t axis = node.attributes.integer("axis");
  const int64_t block_size = node.attributes.integer("block_size");
  const auto spread = [&](Expr factor) { return spread_over(factor, x, axis, block_size); };
  std::optional<Expr> zero_point = optional_input(builder, inputs, 2);
  DataType type = DataType::kUint8;
  if (zero_point) {
    type = zero_point->element();
    zero_point = spread(*zero_point);
  } else if (node.attributes.integer("output_dtype") != 0) {
    type = static_cast<DataType>(node.attributes.integer("output_dtype"));
  }
  const DataType division = division_type(node, x, scale);
  const Expr ratio = cast(x, division) / spread(cast(scale, division));
  return {quantized(ratio, zero_point, type, node.attributes.flag("saturate")).id()};
}

std::vector<ValueId> expand_dequantize(Builder& builder, const Node& node,
                                       std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr scale(builder, inputs[1]);
  const int64_t axis = node.attributes.integer("axis");
  const int64_t block_size = node.attributes.integer("block_size");
  const int64_t named = node.attributes.integer("output_dtype");
  const DataType type = named != 0 ? static_cast<DataType>(named) : scale.element();
  const auto spread = [&](Expr factor) {
    return spread_over(cast(factor, wide_type(type)), x, axis, block_size);
  };
  Quantization quantization{spread(scale), optional_input(builder, inputs, 2)};
  if (quantization.zero_point) quantization.zero_point = spread(*quantization.zero_point);
  return {dequantized(x, quantization, type).id()};
}

// The range of x with 0 in it, in 255 steps; the zero point is the step of 0.
std::vector<ValueId> expand_dynamic_quantize(Builder& builder, const Node&,
                                             std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr zero = x.like(0);
  const auto end = [&](std::string_view reduction, std::string_view extremum) {
    return x.apply(reduction, {}, {{"keepdims", int64_t{0}}}).apply(extremum, {zero});
  };
  const Expr low = end("ReduceMin", "Min");
  const Expr high = end("ReduceMax", "Max");
  const Expr scale = (high - low) / 255;
  const Expr step = zero - low / scale;
  const Expr zero_point =
      cast(step.apply("Clip", {zero, x.like(255)}).apply("Round"), DataType::kUint8);
  const Expr y = quantized(x / scale, zero_point, DataType::kUint8);
  return {y.id(), scale.id(), zero_point.id()};
}

}  // namespace twingrad
