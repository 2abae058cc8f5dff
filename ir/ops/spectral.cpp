#include <array>
#include <numbers>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/extents.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// --- DFT: the last axis holds the real part, or real and imaginary part.

std::optional<int64_t> scalar_of(const InferContext& context, size_t i) {
  const Tensor* value = context.data(i);
  if (value == nullptr) return std::nullopt;
  check(value->element_count() == 1, "input '", context.op().inputs[i].name,
        "' must be a scalar, its shape is ", value->shape());
  return as_int64(*value)[0];
}

Dimension halved(const Dimension& length) {
  return length.known() ? Dimension(length.extent / 2 + 1) : Dimension();
}

// How long the transform is: given, or what the input's extent says.
Dimension transform_length(const InferContext& context, const Dimension& extent, bool from_half) {
  if (context.has_input(1)) {
    const auto given = scalar_of(context, 1);
    check(!given || *given >= 1, "a transform of ", given.value_or(0), " elements");
    return given ? Dimension(*given) : Dimension();
  }
  if (!from_half || !extent.known()) return from_half ? Dimension() : extent;
  return Dimension(2 * (extent.extent - 1));
}

void infer_dft(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  const int64_t rank = shape->rank();
  check(rank >= 2, "the input must have at least 2 axes, its shape is ", *shape);
  const Dimension& parts = (*shape)[rank - 1];
  check(!parts.known() || parts.extent == 1 || parts.extent == 2, "the last axis holds ",
        parts.extent, " numbers, expected a real part or two");
  const bool onesided = context.attributes().flag("onesided");
  const bool inverse = context.attributes().flag("inverse");
  PartialShape result = *shape;
  result[rank - 1] = Dimension(onesided && inverse ? 1 : 2);
  const auto given = context.has_input(2) ? scalar_of(context, 2) : std::optional<int64_t>(-2);
  if (!given) {
    for (int64_t axis = 0; axis + 1 < rank; ++axis) result[axis] = Dimension();
  } else {
    const int64_t axis = normalized_axis(*given, rank);
    check(axis < rank - 1, "axis ", *given, " is that of real and imaginary part");
    const Dimension length = transform_length(context, (*shape)[axis], onesided && inverse);
    result[axis] = onesided && !inverse ? halved(length) : length;
  }
  context.set_shape(0, std::move(result));
}

// --- STFT

void infer_stft(InferContext& context) {
  const PartialShape* signal = context.shape(0);
  check(signal == nullptr || signal->rank() == 3, "the signal must have 3 axes");
  const auto step = scalar_of(context, 1);
  check(!step || *step >= 1, "attribute 'frame_step' must be positive");
  Dimension length;
  if (context.has_input(3)) {
    if (const auto given = scalar_of(context, 3)) length = Dimension(*given);
  } else if (const PartialShape* window = context.shape(2)) {
    length = window->rank() == 1 ? (*window)[0] : Dimension();
  }
  check(context.has_input(2) || context.has_input(3), "needs a window or a frame length");
  PartialShape result{signal == nullptr ? Dimension() : (*signal)[0], Dimension(),
                      context.attributes().flag("onesided") ? halved(length) : length,
                      Dimension(2)};
  if (signal != nullptr && (*signal)[1].known() && length.known() && step) {
    const int64_t room = (*signal)[1].extent - length.extent;
    check(room >= 0 && length.extent >= 1, "frames of ", length.extent, " in a signal of ",
          (*signal)[1].extent);
    result[1] = Dimension(room / *step + 1);
  }
  context.set_shape(0, std::move(result));
}

// Frames are gathered, weighted and transformed.
std::vector<ValueId> expand_stft(Builder& builder, const Node& node,
                                 std::span<const ValueId> inputs) {
  const auto has = [&](size_t i) { return i < inputs.size() && inputs[i] != kNoValue; };
  const Expr signal(builder, inputs[0]);
  const std::vector<int64_t> one = {1};
  const auto vector = [&](size_t i) {
    return reshape(cast(Expr(builder, inputs[i]), DataType::kInt64), one);
  };
  const Expr step = vector(1);
  const Expr length = has(3) ? vector(3) : extent_of(Expr(builder, inputs[2]), 0);
  const Expr room = extent_of(signal, 1) - length;
  const Expr count = room.apply("Div", {step}) + room.like(1);
  const std::vector<int64_t> column = {1};
  const std::vector<int64_t> row = {0};
  const Expr places = unsqueeze(counted(count) * step, column) + unsqueeze(counted(length), row);
  Expr frames = gather(signal, places, 1);
  if (has(2)) frames = frames * unsqueeze(Expr(builder, inputs[2]), column);
  const Expr axis(builder, builder.constant(Tensor::scalar<int64_t>(2)));
  NodeSpec spec{.op = "DFT", .inputs = {frames.id(), kNoValue, axis.id()}};
  spec.attributes = {{"onesided", node.attributes.integer("onesided")}};
  return builder.emit(std::move(spec));
}

// --- Windows

void infer_window(InferContext& context) {
  const auto type = data_type_from_number(context.attributes().integer("output_datatype"));
  check(type && kNumericTypes.contains(*type), "attribute 'output_datatype' is no type of numbers");
  context.set_element(0, *type);
  const auto size = scalar_of(context, 0);
  check(!size || *size >= 0, "a window of ", size.value_or(0), " elements");
  context.set_shape(0, {size ? Dimension(*size) : Dimension()});
}

// The sum of coefficient[i] cos(2 pi i k / n), n the size or, if symmetric, 1 less.
std::vector<ValueId> cosine_window(Builder& builder, const Node& node, ValueId input,
                                   std::span<const double> coefficients) {
  const std::vector<int64_t> one = {1};
  const Expr size = reshape(cast(Expr(builder, input), DataType::kInt64), one);
  const bool periodic = node.attributes.flag("periodic");
  const Expr number = cast(counted(size), DataType::kDouble);
  const Expr period = cast(periodic ? size : size - size.like(1), DataType::kDouble);
  const Expr angle = number * (2 * std::numbers::pi) / period;
  Expr sum = number.like(coefficients[0]);
  for (size_t i = 1; i < coefficients.size(); ++i) {
    sum = sum + (angle * static_cast<double>(i)).apply("Cos") * coefficients[i];
  }
  const auto type = data_type_from_number(node.attributes.integer("output_datatype"));
  return {cast(sum, *type).id()};
}

std::vector<ValueId> expand_hann(Builder& builder, const Node& node,
                                 std::span<const ValueId> inputs) {
  return cosine_window(builder, node, inputs[0], std::array{0.5, -0.5});
}
std::vector<ValueId> expand_hamming(Builder& builder, const Node& node,
                                    std::span<const ValueId> inputs) {
  return cosine_window(builder, node, inputs[0], std::array{25.0 / 46, -21.0 / 46});
}
std::vector<ValueId> expand_blackman(Builder& builder, const Node& node,
                                     std::span<const ValueId> inputs) {
  return cosine_window(builder, node, inputs[0], std::array{0.42, -0.5, 0.08});
}

OpRow window(std::string_view name, ExpandFunction expand) {
  return {
      .name = name,
      .signature = "size:T1 -> output:T2",
      .types = {{"T1", kIndexTypes}, {"T2", kNumericTypes}},
      .attributes = {defaulted("output_datatype", int64_t{1}), defaulted("periodic", int64_t{1})},
      .infer = infer_window,
      .expand = expand};
}

void infer_mel(InferContext& context) {
  const auto type = data_type_from_number(context.attributes().integer("output_datatype"));
  check(type && kNumericTypes.contains(*type), "attribute 'output_datatype' is no type of numbers");
  context.set_element(0, *type);
  const auto bins = scalar_of(context, 0);
  const auto length = scalar_of(context, 1);
  check((!bins || *bins >= 0) && (!length || *length >= 0), "negative numbers of bins");
  context.set_shape(0, {length ? Dimension(*length / 2 + 1) : Dimension(),
                        bins ? Dimension(*bins) : Dimension()});
}

}  // namespace

std::vector<OpRow> spectral_ops() {
  return {
      {.name = "DFT",
       .signature = "input:T1, dft_length:T2?, axis:int64? -> output:T1",
       .types = {{"T1", kFloatTypes}, {"T2", kIndexTypes}},
       .attributes = {defaulted("inverse", int64_t{0}), defaulted("onesided", int64_t{0})},
       .infer = infer_dft},
      {.name = "STFT",
       .signature = "signal:T1, frame_step:T2, window:T1?, frame_length:T2? -> output:T1",
       .types = {{"T1", kFloatTypes}, {"T2", kIndexTypes}},
       .attributes = {defaulted("onesided", int64_t{1})},
       .infer = infer_stft,
       .expand = expand_stft},
      window("HannWindow", expand_hann),
      window("HammingWindow", expand_hamming),
      window("BlackmanWindow", expand_blackman),
      {.name = "MelWeightMatrix",
       .signature = "num_mel_bins:T1, dft_length:T1, sample_rate:T1, lower_edge_hertz:T2, "
                    "upper_edge_hertz:T2 -> output:T3",
       .types = {{"T1", kIndexTypes}, {"T2", kFloatTypes}, {"T3", kNumericTypes}},
       .attributes = {defaulted("output_datatype", int64_t{1})},
       .infer = infer_mel},
  };
}

}  // namespace twingrad
