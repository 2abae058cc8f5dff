#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/extents.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

Dimension scaled(const Dimension& dim, int64_t factor) {
  return dim.known() ? Dimension(dim.extent * factor) : Dimension();
}

Dimension divided(const Dimension& dim, int64_t divisor, const PartialShape& shape) {
  if (!dim.known()) return {};
  check(dim.extent % divisor == 0, "an axis of ", dim.extent, " in shape ", shape,
        " is no multiple of ", divisor);
  return Dimension(dim.extent / divisor);
}

int64_t block_size(const Attributes& attributes) {
  const int64_t block = attributes.integer("blocksize");
  check(block >= 1 && block < (int64_t{1} << 20), "a block size of ", block);
  const std::string& mode = attributes.text("mode");
  check(mode == "DCR" || mode == "CRD", "attribute 'mode' must be DCR or CRD, found ",
        quoted_name(mode));
  return block;
}

const PartialShape* image_shape(const InferContext& context) {
  const PartialShape* shape = context.shape(0);
  check(shape == nullptr || shape->rank() == 4, "expected 4 axes, found ",
        shape == nullptr ? 0 : shape->rank());
  return shape;
}

void infer_depth_to_space(InferContext& context) {
  const int64_t block = block_size(context.attributes());
  const PartialShape* shape = image_shape(context);
  if (shape == nullptr) return;
  context.set_shape(0, {(*shape)[0], divided((*shape)[1], block * block, *shape),
                        scaled((*shape)[2], block), scaled((*shape)[3], block)});
}

void infer_space_to_depth(InferContext& context) {
  const int64_t block = block_size(context.attributes());
  const PartialShape* shape = image_shape(context);
  if (shape == nullptr) return;
  context.set_shape(0, {(*shape)[0], scaled((*shape)[1], block * block),
                        divided((*shape)[2], block, *shape), divided((*shape)[3], block, *shape)});
}

// Channels are [block, block, depth], or in mode CRD [depth, block, block].
std::vector<ValueId> expand_depth_to_space(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const int64_t block = block_size(node.attributes);
  const bool depth_first = node.attributes.text("mode") == "CRD";
  const Expr sides = x.integers({block, block});
  const Expr depth = extent_of(x, 1).apply("Div", {x.integers({block * block})});
  const Expr channels = depth_first ? joined({depth, sides}) : joined({sides, depth});
  const Expr split =
      reshape(x, joined({extent_of(x, 0), channels, extent_of(x, 2), extent_of(x, 3)}));
  const std::vector<int64_t> order =
      depth_first ? std::vector<int64_t>{0, 1, 4, 2, 5, 3} : std::vector<int64_t>{0, 3, 4, 1, 5, 2};
  const Expr shape = joined(
      {extent_of(x, 0), depth, multiple(extent_of(x, 2), block), multiple(extent_of(x, 3), block)});
  return {reshape(transpose(split, order), shape).id()};
}

std::vector<ValueId> expand_space_to_depth(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const int64_t block = block_size(node.attributes);
  const Expr side = x.integers({block});
  const Expr height = extent_of(x, 2).apply("Div", {side});
  const Expr width = extent_of(x, 3).apply("Div", {side});
  const Expr split =
      reshape(x, joined({extent_of(x, 0), extent_of(x, 1), height, side, width, side}));
  const bool depth_first = node.attributes.text("mode") == "CRD";
  const std::vector<int64_t> order =
      depth_first ? std::vector<int64_t>{0, 1, 3, 5, 2, 4} : std::vector<int64_t>{0, 3, 5, 1, 2, 4};
  const Expr shape =
      joined({extent_of(x, 0), multiple(extent_of(x, 1), block * block), height, width});
  return {reshape(transpose(split, order), shape).id()};
}

void infer_reverse_sequence(InferContext& context) {
  const int64_t time = context.attributes().integer("time_axis");
  const int64_t batch = context.attributes().integer("batch_axis");
  check((time == 0 && batch == 1) || (time == 1 && batch == 0),
        "attributes 'time_axis' and 'batch_axis' must be 0 and 1 or 1 and 0, found ", time, " and ",
        batch);
  const PartialShape* shape = context.shape(0);
  check(shape == nullptr || shape->rank() >= 2, "expected at least 2 axes");
  infer_same_as_first(context);
}

// Element t of a sequence of n comes from n - 1 - t; what is behind the sequence stays.
std::vector<ValueId> expand_reverse_sequence(Builder& builder, const Node& node,
                                             std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const int64_t time = node.attributes.integer("time_axis");
  const std::vector<int64_t> beside_time = {1 - time};
  const std::vector<int64_t> beside_batch = {time};
  const Expr step = unsqueeze(counted(extent_of(x, time)), beside_time);
  const Expr length = unsqueeze(cast(Expr(builder, inputs[1]), DataType::kInt64), beside_batch);
  const Expr source = where(step < length, length - step.like(1) - step, step);
  std::vector<int64_t> behind;
  for (int64_t axis = 2; axis < x.rank(); ++axis) behind.push_back(axis);
  const Expr column = behind.empty() ? source : unsqueeze(source, behind);
  const Expr indices = column.apply("Expand", {shape_of(x)});
  return {x.apply("GatherElements", {indices}, {{"axis", time}}).id()};
}

std::vector<int64_t> crop_axes(const Attributes& attributes, int64_t rank) {
  std::vector<int64_t> axes = attributes.integers_or("axes", {});
  if (!attributes.has("axes")) {
    for (int64_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  for (int64_t& axis : axes) axis = normalized_axis(axis, rank);
  return axes;
}

void infer_center_crop_pad(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  const std::vector<int64_t> axes = crop_axes(context.attributes(), shape->rank());
  const auto wanted = context.contents(1);
  check(!wanted || wanted->rank() == static_cast<int64_t>(axes.size()), "a shape of ",
        wanted ? wanted->rank() : 0, " extents for ", axes.size(), " axes");
  PartialShape result = *shape;
  for (size_t i = 0; i < axes.size(); ++i) {
    const Dimension dim = wanted ? (*wanted)[static_cast<int64_t>(i)] : Dimension();
    check(!dim.known() || dim.extent >= 0, "an extent of ", dim.extent);
    result[axes[i]] = dim;
  }
  context.set_shape(0, std::move(result));
}

// Of what is too much or too little, the half rounded down is in front.
std::vector<ValueId> expand_center_crop_pad(Builder& builder, const Node& node,
                                            std::span<const ValueId> inputs) {
  Expr x(builder, inputs[0]);
  const Expr wanted = cast(Expr(builder, inputs[1]), DataType::kInt64);
  const std::vector<int64_t> axes = crop_axes(node.attributes, x.rank());
  if (axes.empty()) return {x.apply("Identity").id()};
  const Expr chosen = x.integers(axes);
  const Expr extents = gather(shape_of(x), chosen, 0);
  const auto excess = [](Expr a, Expr b) { return (a - b).apply("Max", {a.like(0)}); };
  const auto front = [](Expr whole) { return whole.apply("Div", {whole.like(2)}); };
  const Expr start = front(excess(extents, wanted));
  const Expr end = start + extents.apply("Min", {wanted});
  x = x.apply("Slice", {start, end, chosen});
  const Expr missing = excess(wanted, extents);
  const Expr pads = joined({front(missing), missing - front(missing)});
  NodeSpec spec{.op = "Pad", .inputs = {x.id(), pads.id(), kNoValue, chosen.id()}};
  return builder.emit(std::move(spec));
}

int64_t cache_axis(const Attributes& attributes, int64_t rank) {
  const int64_t axis = normalized_axis(attributes.integer("axis"), rank);
  check(axis > 0, "attribute 'axis' must not be that of the batch");
  const std::string& mode = attributes.text("mode");
  check(mode == "linear" || mode == "circular",
        "attribute 'mode' must be linear or circular, found ", quoted_name(mode));
  return axis;
}

void infer_tensor_scatter(InferContext& context) {
  const PartialShape* cache = context.shape(0);
  const PartialShape* update = context.shape(1);
  if (cache != nullptr) cache_axis(context.attributes(), cache->rank());
  check(cache == nullptr || update == nullptr || cache->rank() == update->rank(),
        "cache and update have other numbers of axes");
  infer_same_as_first(context);
}

// Entry s of a batch's update goes to its write index + s, in a circular cache around the end.
std::vector<ValueId> expand_tensor_scatter(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs) {
  const Expr cache(builder, inputs[0]);
  const Expr update(builder, inputs[1]);
  const int64_t axis = cache_axis(node.attributes, cache.rank());
  const auto spread = [&](Expr vector, int64_t along) {
    std::vector<int64_t> others;
    for (int64_t k = 0; k < cache.rank(); ++k) {
      if (k != along) others.push_back(k);
    }
    return unsqueeze(vector, others);
  };
  Expr place = spread(counted(extent_of(update, axis)), axis);
  if (inputs.size() > 2 && inputs[2] != kNoValue) {
    place = place + spread(Expr(builder, inputs[2]), 0);
  }
  if (node.attributes.text("mode") == "circular") {
    place = place.apply("Mod", {extent_of(cache, axis)});
  }
  const Expr indices = place.apply("Expand", {shape_of(update)});
  return {cache.apply("ScatterElements", {indices, update}, {{"axis", axis}}).id()};
}

}  // namespace

// Composites that put elements elsewhere.
std::vector<OpRow> rearrangement_ops() {
  const std::vector<AttributeDef> blocks = {required("blocksize", AttributeType::kInt),
                                            defaulted("mode", std::string("DCR"))};
  return {
      {.name = "DepthToSpace",
       .signature = "input:T -> output:T",
       .types = {{"T", kClassicTypes}},
       .attributes = blocks,
       .infer = infer_depth_to_space,
       .expand = expand_depth_to_space},
      {.name = "SpaceToDepth",
       .signature = "input:T -> output:T",
       .types = {{"T", kClassicTypes}},
       .attributes = blocks,
       .infer = infer_space_to_depth,
       .expand = expand_space_to_depth},
      {.name = "ReverseSequence",
       // Exporters of TensorFlow's write int32.
       .signature = "input:T, sequence_lens:Tind -> Y:T",
       .types = {{"T", kClassicTypes}, {"Tind", kIndexTypes}},
       .attributes = {defaulted("batch_axis", int64_t{1}), defaulted("time_axis", int64_t{0})},
       .infer = infer_reverse_sequence,
       .expand = expand_reverse_sequence},
      {.name = "CenterCropPad",
       .signature = "input_data:T, shape:Tind -> output_data:T",
       .types = {{"T", kClassicTypes}, {"Tind", kIndexTypes}},
       .attributes = {optional("axes", AttributeType::kInts)},
       .infer = infer_center_crop_pad,
       .expand = expand_center_crop_pad},
      {.name = "TensorScatter",
       .signature = "past_cache:T, update:T, write_indices:int64? -> present_cache:T",
       .types = {{"T", kAllTypes}},
       .attributes = {defaulted("axis", int64_t{-2}), defaulted("mode", std::string("linear"))},
       .infer = infer_tensor_scatter,
       .expand = expand_tensor_scatter},
  };
}

}  // namespace twingrad
