#include <algorithm>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/strided_contents.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

constexpr int64_t kLast = std::numeric_limits<int64_t>::max();

void infer_concat(InferContext& context) {
  const PartialShape* first = context.shape(0);
  if (first == nullptr) return;
  check(first->rank() > 0, "scalars cannot be concatenated");
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), first->rank());
  PartialShape result = *first;
  std::optional<PartialShape> contents = context.contents(0);
  for (size_t i = 1; i < context.input_count(); ++i) {
    const PartialShape* shape = context.shape(i);
    if (shape == nullptr) return;
    check(shape->rank() == result.rank(), "shapes ", *first, " and ", *shape,
          " do not concatenate");
    for (int64_t k = 0; k < result.rank(); ++k) {
      const Dimension& dim = (*shape)[k];
      if (k == axis) {
        const bool known = result[k].known() && dim.known();
        result[k] = known ? Dimension(result[k].extent + dim.extent) : Dimension();
      } else {
        check(!dim.known() || !result[k].known() || dim.extent == result[k].extent, "shapes ",
              *first, " and ", *shape, " do not concatenate along axis ", axis);
        if (!result[k].known() && dim.known()) result[k] = dim;
      }
    }
    const auto more = context.contents(i);
    if (contents && more) {
      for (const Dimension& dim : *more) contents->append(dim);
    } else {
      contents.reset();
    }
  }
  context.set_shape(0, result);
  if (contents && result.rank() == 1) context.set_contents(0, *contents);
}

struct Section {
  int64_t start;
  int64_t end;
  int64_t step;
};

// Start and end as ONNX's Slice clamps them for an extent.
Section clamped(Section section, int64_t extent) {
  const bool forward = section.step > 0;
  const auto bound = [extent](int64_t index, int64_t low, int64_t high) {
    return std::clamp(index < 0 ? index + extent : index, low, high);
  };
  const int64_t low = forward ? 0 : -1;
  const int64_t high = forward ? extent : extent - 1;
  return {bound(section.start, 0, high), bound(section.end, low, high), section.step};
}

Dimension sliced(const Dimension& dim, Section section) {
  if (dim.known()) {
    const auto [start, end, step] = clamped(section, dim.extent);
    if (dim.extent == 0) return 0;
    const int64_t span = step > 0 ? end - start : start - end;
    const int64_t stride = step > 0 ? step : -step;
    return span <= 0 ? 0 : (span - 1) / stride + 1;
  }
  if (section.step == 1 && section.start >= 0 && section.end < 0) return {};
  const bool whole = section.start == 0 && section.step == 1 && section.end >= kLast / 2;
  return whole ? dim : Dimension();
}

void infer_slice(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  PartialShape result = *shape;
  const auto starts = context.integers(1);
  const auto ends = context.integers(2);
  const auto axes = context.integers(3);
  const auto steps = context.integers(4);
  const bool known =
      starts && ends && (axes || !context.has_input(3)) && (steps || !context.has_input(4));
  if (!known) {
    const auto count = static_cast<size_t>(shape->rank());
    if (!axes) result = PartialShape(std::vector<Dimension>(count));
    for (const int64_t axis : axes.value_or(std::vector<int64_t>())) {
      result[normalized_axis(axis, shape->rank())] = Dimension();
    }
    context.set_shape(0, result);
    return;
  }
  check(starts->size() == ends->size() && (!axes || axes->size() == starts->size()) &&
            (!steps || steps->size() == starts->size()),
        "starts, ends, axes and steps have different lengths");
  for (size_t i = 0; i < starts->size(); ++i) {
    const int64_t axis =
        normalized_axis(axes ? (*axes)[i] : static_cast<int64_t>(i), shape->rank());
    const int64_t step = steps ? (*steps)[i] : 1;
    check(step != 0 && step != std::numeric_limits<int64_t>::min(), "a step of ", step);
    result[axis] = sliced((*shape)[axis], {(*starts)[i], (*ends)[i], step});
  }
  context.set_shape(0, result);
  const auto contents = context.contents(0);
  if (!contents || !shape->known() || !result.known()) return;
  const Shape source = shape->shape();
  if (contents->rank() != source.element_count()) return;
  std::vector<int64_t> strides = row_strides(source);
  int64_t offset = 0;
  for (size_t i = 0; i < starts->size(); ++i) {
    const int64_t axis =
        normalized_axis(axes ? (*axes)[i] : static_cast<int64_t>(i), shape->rank());
    const Section section =
        clamped({(*starts)[i], (*ends)[i], steps ? (*steps)[i] : 1}, source[axis]);
    offset += section.start * strides[static_cast<size_t>(axis)];
    strides[static_cast<size_t>(axis)] *= section.step;
  }
  if (auto part = strided_contents(*contents, result.shape(), strides, offset)) {
    context.set_contents(0, std::move(*part));
  }
}

void infer_gather(InferContext& context) {
  const PartialShape* data = context.shape(0);
  const PartialShape* indices = context.shape(1);
  if (data == nullptr || indices == nullptr) return;
  check(data->rank() > 0, "a scalar cannot be indexed");
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), data->rank());
  PartialShape result;
  for (int64_t k = 0; k < axis; ++k) result.append((*data)[k]);
  for (const Dimension& dim : *indices) result.append(dim);
  for (int64_t k = axis + 1; k < data->rank(); ++k) result.append((*data)[k]);
  context.set_shape(0, std::move(result));
  const auto contents = context.contents(0);
  const auto chosen = context.integers(1);
  if (!contents || !chosen || data->rank() != 1) return;
  PartialShape part;
  for (const int64_t index : *chosen) {
    part.append((*contents)[normalized_axis(index, contents->rank())]);
  }
  context.set_contents(0, std::move(part));
}

void infer_gather_elements(InferContext& context) {
  const PartialShape* data = context.shape(0);
  const PartialShape* indices = context.shape(1);
  if (data != nullptr) normalized_axis(context.attributes().integer("axis"), data->rank());
  if (data != nullptr && indices != nullptr) {
    check(data->rank() == indices->rank(), "data of rank ", data->rank(), " and indices of rank ",
          indices->rank());
  }
  if (indices != nullptr) context.set_shape(0, *indices);
}

void check_scatter_reduction(const Attributes& attributes) {
  const std::string& reduction = attributes.text("reduction");
  check(reduction == "none" || reduction == "add" || reduction == "mul" || reduction == "max" ||
            reduction == "min",
        "attribute 'reduction' must be none, add, mul, max or min, found '", reduction, "'");
}

void infer_scatter_elements(InferContext& context) {
  const PartialShape* data = context.shape(0);
  if (data != nullptr) normalized_axis(context.attributes().integer("axis"), data->rank());
  check_scatter_reduction(context.attributes());
  infer_same_as_first(context);
}

// The index tuples are the rows of the last axis of `indices`; each names an element, or the part
// of the data behind it. nullopt: the length of a tuple is not known.
std::optional<PartialShape> indexed_part(const PartialShape& data, const PartialShape& indices,
                                         int64_t batch_dims) {
  check(indices.rank() > batch_dims && data.rank() > batch_dims && batch_dims >= 0,
        "data of shape ", data, " and indices of shape ", indices, " have no ", batch_dims,
        " axes of batches in front of others");
  const Dimension& depth = indices[indices.rank() - 1];
  if (!depth.known()) return std::nullopt;
  check(depth.extent >= 1 && depth.extent <= data.rank() - batch_dims, "tuples of ", depth.extent,
        " indices for data of shape ", data);
  PartialShape part;
  for (int64_t axis = 0; axis + 1 < indices.rank(); ++axis) part.append(indices[axis]);
  for (int64_t axis = batch_dims + depth.extent; axis < data.rank(); ++axis) {
    part.append(data[axis]);
  }
  return part;
}

void infer_gather_nd(InferContext& context) {
  const PartialShape* data = context.shape(0);
  const PartialShape* indices = context.shape(1);
  if (data == nullptr || indices == nullptr) return;
  const auto part = indexed_part(*data, *indices, context.attributes().integer("batch_dims"));
  if (part) context.set_shape(0, *part);
}

void infer_scatter_nd(InferContext& context) {
  check_scatter_reduction(context.attributes());
  infer_same_as_first(context);
  const PartialShape* data = context.shape(0);
  const PartialShape* indices = context.shape(1);
  const PartialShape* updates = context.shape(2);
  if (data == nullptr || indices == nullptr || updates == nullptr) return;
  const auto part = indexed_part(*data, *indices, 0);
  bool fits = !part || part->rank() == updates->rank();
  for (int64_t axis = 0; part && fits && axis < part->rank(); ++axis) {
    const Dimension& want = (*part)[axis];
    const Dimension& found = (*updates)[axis];
    fits = !want.known() || !found.known() || want.extent == found.extent;
  }
  check(fits, "updates of shape ", *updates, " for indices of shape ", *indices,
        " into data of shape ", *data);
}

}  // namespace

std::vector<OpRow> indexing_ops() {
  return {
      {.name = "Concat",
       .signature = "inputs:T* -> concat_result:T",
       .types = {{"T", kAllTypes}},
       .attributes = {required("axis", AttributeType::kInt)},
       .op_class = OpClass::kMovement,
       .infer = infer_concat},
      {.name = "Slice",
       .signature = "data:T, starts:Tind, ends:Tind, axes:Tind?, steps:Tind? -> output:T",
       .types = {{"T", kAllTypes}, {"Tind", kIndexTypes}},
       .op_class = OpClass::kMovement,
       .infer = infer_slice},
      {.name = "Gather",
       .signature = "data:T, indices:Tind -> output:T",
       .types = {{"T", kAllTypes}, {"Tind", kIndexTypes}},
       .attributes = {defaulted("axis", int64_t{0})},
       .op_class = OpClass::kMovement,
       .infer = infer_gather},
      {.name = "GatherElements",
       .signature = "data:T, indices:Tind -> output:T",
       .types = {{"T", kAllTypes}, {"Tind", kIndexTypes}},
       .attributes = {defaulted("axis", int64_t{0})},
       .op_class = OpClass::kMovement,
       .infer = infer_gather_elements},
      {.name = "ScatterElements",
       .signature = "data:T, indices:Tind, updates:T -> output:T",
       .types = {{"T", kAllTypes}, {"Tind", kIndexTypes}},
       .attributes = {defaulted("axis", int64_t{0}), defaulted("reduction", std::string("none"))},
       .op_class = OpClass::kMovement,
       .infer = infer_scatter_elements},
      {.name = "GatherND",
       .signature = "data:T, indices:int64 -> output:T",
       .types = {{"T", kAllTypes}},
       .attributes = {defaulted("batch_dims", int64_t{0})},
       .op_class = OpClass::kMovement,
       .infer = infer_gather_nd},
      {.name = "ScatterND",
       .signature = "data:T, indices:int64, updates:T -> output:T",
       .types = {{"T", kAllTypes}},
       .attributes = {defaulted("reduction", std::string("none"))},
       .op_class = OpClass::kMovement,
       .infer = infer_scatter_nd},
  };
}

}  // namespace twingrad
