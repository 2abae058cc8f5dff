#include <algorithm>
#include <numeric>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// The extents of the parts along the axis: input 1, or equal parts of which the last may be
// smaller.
std::optional<std::vector<int64_t>> split_extents(const InferContext& context,
                                                  const Dimension& whole) {
  const auto parts = static_cast<int64_t>(context.output_count());
  if (context.has_input(1)) {
    auto given = context.integers(1);
    if (!given) return std::nullopt;
    check(std::ssize(*given) == parts, given->size(), " parts for ", parts, " outputs");
    for (const int64_t extent : *given) check(extent >= 0, "a part of extent ", extent);
    const int64_t sum = std::accumulate(given->begin(), given->end(), int64_t{0});
    check(!whole.known() || sum == whole.extent, "parts of ", sum, " elements in all for ",
          whole.extent);
    return given;
  }
  const Attributes& attributes = context.attributes();
  check(!attributes.has("num_outputs") || attributes.integer("num_outputs") == parts,
        "attribute 'num_outputs' is not the number of outputs, ", parts);
  if (!whole.known()) return std::nullopt;
  const int64_t each = (whole.extent + parts - 1) / parts;
  std::vector<int64_t> extents(static_cast<size_t>(parts), each);
  extents.back() = whole.extent - each * (parts - 1);
  check(extents.back() >= 0, "an extent of ", whole.extent, " in ", parts, " parts");
  return extents;
}

void infer_split(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), shape->rank());
  const auto extents = split_extents(context, (*shape)[axis]);
  for (size_t i = 0; i < context.output_count(); ++i) {
    PartialShape part = *shape;
    part[axis] = extents ? Dimension((*extents)[i]) : Dimension();
    context.set_shape(i, std::move(part));
  }
}

void infer_pad(InferContext& context) {
  const std::string& mode = context.attributes().text("mode");
  check(mode == "constant" || mode == "reflect" || mode == "edge" || mode == "wrap",
        "attribute 'mode' must be constant, reflect, edge or wrap, found ", quoted_name(mode));
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  const auto pads = context.integers(1);
  const auto axes = context.integers(3);
  PartialShape result(std::vector<Dimension>(static_cast<size_t>(shape->rank())));
  if (pads && (axes || !context.has_input(3))) {
    std::vector<int64_t> all(static_cast<size_t>(shape->rank()));
    std::iota(all.begin(), all.end(), 0);
    const std::vector<int64_t>& chosen = axes ? *axes : all;
    check(pads->size() == 2 * chosen.size(), pads->size(), " pads for ", chosen.size(), " axes");
    result = *shape;
    for (size_t i = 0; i < chosen.size(); ++i) {
      const int64_t axis = normalized_axis(chosen[i], shape->rank());
      const int64_t more = (*pads)[i] + (*pads)[i + chosen.size()];
      Dimension& dim = result[axis];
      if (more == 0) continue;
      check(!dim.known() || dim.extent + more >= 0, "pads of ", more, " in all for an extent of ",
            dim.extent);
      check(mode == "constant" || !dim.is(0) || more <= 0, "nothing to pad with in shape ", *shape);
      dim = dim.known() ? Dimension(dim.extent + more) : Dimension();
    }
  }
  context.set_shape(0, std::move(result));
}

void infer_tile(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  const auto repeats = context.integers(1);
  PartialShape result(std::vector<Dimension>(static_cast<size_t>(shape->rank())));
  if (repeats) {
    check(std::ssize(*repeats) == shape->rank(), repeats->size(), " repeats for shape ", *shape);
    for (int64_t axis = 0; axis < shape->rank(); ++axis) {
      const int64_t count = (*repeats)[static_cast<size_t>(axis)];
      check(count >= 0, "a repeat of ", count);
      const Dimension& dim = (*shape)[axis];
      if (count == 1) {
        result[axis] = dim;
      } else if (dim.known()) {
        const auto product = checked_product(dim.extent, count);
        check(product.has_value(), "an extent of ", dim.extent, " repeated ", count, " times");
        result[axis] = Dimension(*product);
      }
    }
  }
  context.set_shape(0, std::move(result));
}

void infer_one_hot(InferContext& context) {
  const PartialShape* indices = context.shape(0);
  if (indices == nullptr) return;
  const int64_t rank = indices->rank() + 1;
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), rank);
  Dimension depth;
  if (const Tensor* data = context.data(1)) {
    check(data->element_count() == 1, "the depth must be a scalar, its shape is ", data->shape());
    depth = Dimension(static_cast<int64_t>(element_as_double(*data, 0)));
    check(depth.extent >= 0, "a depth of ", depth.extent);
  }
  std::vector<Dimension> dims = indices->dims();
  dims.insert(dims.begin() + axis, depth);
  context.set_shape(0, PartialShape(std::move(dims)));
}

void infer_trilu(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  check(shape->rank() >= 2, "the input must have at least 2 axes, its shape is ", *shape);
  context.set_shape(0, *shape);
}

OpRow movement(std::string_view name, std::string_view signature, TypeSet types,
               std::vector<AttributeDef> attributes, InferFunction infer) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", types}, {"Tind", kIndexTypes}},
          .attributes = std::move(attributes),
          .op_class = OpClass::kMovement,
          .infer = infer};
}

}  // namespace

std::vector<OpRow> movement_ops() {
  const TypeSet numbers =
      kIntegerTypes | TypeSet{DataType::kFloat16, DataType::kFloat, DataType::kDouble};
  return {
      movement("Split", "input:T, split:int64? -> outputs:T*", kClassicTypes,
               {defaulted("axis", int64_t{0}), optional("num_outputs", AttributeType::kInt)},
               infer_split),
      movement("Pad", "data:T, pads:int64, constant_value:T?, axes:Tind? -> output:T", kAllTypes,
               {defaulted("mode", std::string("constant"))}, infer_pad),
      movement("Tile", "input:T, repeats:int64 -> output:T", kClassicTypes, {}, infer_tile),
      {.name = "OneHot",
       .signature = "indices:T1, depth:T2, values:T3 -> output:T3",
       .types = {{"T1", numbers}, {"T2", numbers}, {"T3", kClassicTypes}},
       .attributes = {defaulted("axis", int64_t{-1})},
       .op_class = OpClass::kMovement,
       .infer = infer_one_hot},
      movement("Trilu", "input:T, k:int64? -> output:T", kClassicTypes,
               {defaulted("upper", int64_t{1})}, infer_trilu),
  };
}

}  // namespace twingrad
