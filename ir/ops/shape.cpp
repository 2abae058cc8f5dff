#include <algorithm>
#include <numeric>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/strided_contents.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void infer_shape(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) {
    context.set_shape(0, PartialShape{Dimension()});
    return;
  }
  const auto bounded = [rank = shape->rank()](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const int64_t first = bounded(context.attributes().integer("start"));
  const int64_t last = context.attributes().has("end")
                           ? bounded(context.attributes().integer("end"))
                           : shape->rank();
  PartialShape contents;
  for (int64_t axis = first; axis < last; ++axis) contents.append((*shape)[axis]);
  context.set_shape(0, PartialShape{Dimension(contents.rank())});
  context.set_contents(0, std::move(contents));
}

void infer_size(InferContext& context) {
  context.set_shape(0, PartialShape{});
  const PartialShape* shape = context.shape(0);
  if (shape != nullptr) context.set_contents(0, PartialShape{product_of(*shape, 0, shape->rank())});
}

// The only extent of `left` that is not known, where the known ones are as many elements as `rest`,
// so that [N,2,3] under [-1,6] is [N,6].
std::optional<Dimension> open_extent(const std::vector<Dimension>& left, const PartialShape& rest) {
  PartialShape numbers;
  std::vector<Dimension> open;
  for (const Dimension& dim : left) {
    if (dim.known()) {
      numbers.append(dim);
    } else {
      open.push_back(dim);
    }
  }
  const Dimension factor = product_of(numbers, 0, numbers.rank());
  const bool cancels =
      factor.known() && factor.extent > 0 && factor.same_as(product_of(rest, 0, rest.rank()));
  return cancels && open.size() == 1 ? std::optional(open[0]) : std::nullopt;
}

// The extent that -1 stands for: what the known factors leave of the element count.
Dimension deduced_extent(const PartialShape* data, const PartialShape& wanted) {
  if (data == nullptr) return {};
  PartialShape rest;
  std::vector<Dimension> left = data->dims();
  for (const Dimension& dim : wanted) {
    if (dim.is(-1)) continue;
    // Equal symbols cancel, so that [N,3,4] under [N,-1] is [N,12].
    const auto same = std::ranges::find_if(
        left, [&dim](const Dimension& other) { return !dim.known() && dim.same_as(other); });
    if (same != left.end()) {
      left.erase(same);
    } else {
      rest.append(dim);
    }
  }
  if (const auto only = open_extent(left, rest)) return *only;
  const PartialShape have(std::move(left));
  Dimension total = product_of(have, 0, have.rank());
  const Dimension divisor = product_of(rest, 0, rest.rank());
  if (divisor.is(1)) return total;
  if (!total.known() || !divisor.known()) return {};
  check(divisor.extent != 0 && total.extent % divisor.extent == 0, "shape ", *data,
        " cannot become ", wanted);
  return {total.extent / divisor.extent};
}

void infer_reshape(InferContext& context) {
  auto wanted = context.contents(1);
  if (!wanted) {
    const PartialShape* shape = context.shape(1);
    if (shape != nullptr && shape->rank() == 1 && (*shape)[0].known()) {
      check((*shape)[0].extent <= 1024, "a rank of ", (*shape)[0].extent, " is too large");
      context.set_shape(
          0, PartialShape(std::vector<Dimension>(static_cast<size_t>((*shape)[0].extent))));
    }
    return;
  }
  const PartialShape* data = context.shape(0);
  int64_t deduced = -1;
  for (int64_t axis = 0; axis < wanted->rank(); ++axis) {
    Dimension& dim = (*wanted)[axis];
    if (dim.is(-1)) {
      check(deduced < 0, "more than one -1 in shape ", *wanted);
      deduced = axis;
    } else if (dim.is(0) && !context.attributes().flag("allowzero")) {
      check(data == nullptr || axis < data->rank(), "shape ", *wanted, " copies dimension ", axis,
            " of an input without it");
      dim = data == nullptr ? Dimension() : (*data)[axis];
    } else {
      check(!dim.known() || dim.extent >= 0, "negative dimension in shape ", *wanted);
    }
  }
  if (deduced >= 0) (*wanted)[deduced] = deduced_extent(data, *wanted);
  if (data != nullptr) {
    const Dimension from = product_of(*data, 0, data->rank());
    const Dimension to = product_of(*wanted, 0, wanted->rank());
    check(!from.known() || !to.known() || from.extent == to.extent, "shape ", *data,
          " cannot become ", *wanted);
  }
  context.set_shape(0, *wanted);
  if (const auto contents = context.contents(0)) context.set_contents(0, *contents);
}

void infer_identity(InferContext& context) {
  context.set_type(0, context.input(0));
  if (const auto contents = context.contents(0)) context.set_contents(0, *contents);
}

void infer_flatten(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  int64_t axis = context.attributes().integer("axis");
  check(axis >= -shape->rank() && axis <= shape->rank(), "axis ", axis,
        " is out of range for rank ", shape->rank());
  if (axis < 0) axis += shape->rank();
  context.set_shape(0, {product_of(*shape, 0, axis), product_of(*shape, axis, shape->rank())});
}

// The axes of input 1, in [0, rank), sorted, each once.
std::optional<std::vector<int64_t>> axes_of(const InferContext& context, int64_t rank) {
  auto axes = context.integers(1);
  if (!axes) return std::nullopt;
  for (int64_t& axis : *axes) axis = normalized_axis(axis, rank);
  std::ranges::sort(*axes);
  check(std::ranges::adjacent_find(*axes) == axes->end(), "an axis is given twice");
  return axes;
}

void infer_squeeze(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  std::optional<std::vector<int64_t>> axes;
  if (context.has_input(1)) {
    axes = axes_of(context, shape->rank());
    if (!axes) return;
  }
  PartialShape result;
  for (int64_t axis = 0; axis < shape->rank(); ++axis) {
    const Dimension& dim = (*shape)[axis];
    const bool chosen = axes ? std::ranges::binary_search(*axes, axis) : dim.is(1);
    check(!axes || !chosen || !dim.known() || dim.is(1), "dimension ", axis, " of shape ", *shape,
          " is not 1");
    if (!axes && !dim.known()) return;
    if (!chosen) result.append(dim);
  }
  context.set_shape(0, std::move(result));
  if (const auto contents = context.contents(0)) context.set_contents(0, *contents);
}

void infer_unsqueeze(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  const PartialShape* count = context.shape(1);
  if (shape == nullptr || count == nullptr || count->rank() > 1) return;
  const auto given = context.integers(1);
  if (!given) return;
  const auto added = static_cast<int64_t>(given->size());
  const auto axes = axes_of(context, shape->rank() + added);
  PartialShape result;
  int64_t source = 0;
  for (int64_t axis = 0; axis < shape->rank() + added; ++axis) {
    const bool fresh = std::ranges::binary_search(*axes, axis);
    result.append(fresh ? Dimension(1) : (*shape)[source++]);
  }
  context.set_shape(0, std::move(result));
  if (const auto contents = context.contents(0)) context.set_contents(0, *contents);
}

void infer_transpose(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  std::vector<int64_t> reversed(static_cast<size_t>(shape->rank()));
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const auto permutation = context.attributes().integers_or("perm", std::move(reversed));
  check(std::ssize(permutation) == shape->rank(), "a permutation of ", permutation.size(),
        " axes for shape ", *shape);
  std::vector<bool> seen(permutation.size());
  PartialShape result;
  for (const int64_t axis : permutation) {
    check(axis >= 0 && axis < shape->rank() && !seen[static_cast<size_t>(axis)],
          "attribute 'perm' is no permutation of the axes of shape ", *shape);
    seen[static_cast<size_t>(axis)] = true;
    result.append((*shape)[axis]);
  }
  context.set_shape(0, result);
  const auto contents = context.contents(0);
  if (!contents || !shape->known() || contents->rank() != shape->shape().element_count()) return;
  const std::vector<int64_t> strides = row_strides(shape->shape());
  std::vector<int64_t> moved;
  moved.reserve(permutation.size());
  for (const int64_t axis : permutation) moved.push_back(strides[static_cast<size_t>(axis)]);
  if (auto part = strided_contents(*contents, result.shape(), moved, 0)) {
    context.set_contents(0, std::move(*part));
  }
}

void infer_expand(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  const auto wanted = context.contents(1);
  if (shape == nullptr) return;
  if (!wanted) {
    const PartialShape* count = context.shape(1);
    if (count == nullptr || count->rank() != 1 || !(*count)[0].known()) return;
    check((*count)[0].extent <= 1024, "a rank of ", (*count)[0].extent, " is too large");
    const PartialShape any(std::vector<Dimension>(static_cast<size_t>((*count)[0].extent)));
    context.set_shape(0, broadcast(*shape, any));
    return;
  }
  for (const Dimension& dim : *wanted) {
    check(!dim.known() || dim.extent >= 0, "negative dimension in shape ", *wanted);
  }
  context.set_shape(0, broadcast(*shape, *wanted));
}

}  // namespace

std::vector<OpRow> shape_ops() {
  const auto view = [](std::string_view name, std::string_view signature,
                       std::vector<AttributeDef> attributes, InferFunction infer) {
    return OpRow{.name = name,
                 .signature = signature,
                 .types = {{"T", kAllTypes}},
                 .attributes = std::move(attributes),
                 .op_class = OpClass::kView,
                 .infer = infer};
  };
  return {
      {.name = "Shape",
       .signature = "data:T -> shape:int64",
       .types = {{"T", kAllTypes}},
       .attributes = {optional("end", AttributeType::kInt), defaulted("start", int64_t{0})},
       .infer = infer_shape},
      {.name = "Size",
       .signature = "data:T -> size:int64",
       .types = {{"T", kAllTypes}},
       .infer = infer_size},
      view("Reshape", "data:T, shape:int64 -> reshaped:T", {defaulted("allowzero", int64_t{0})},
           infer_reshape),
      view("Identity", "input:any -> output:any", {}, infer_identity),
      view("Flatten", "input:T -> output:T", {defaulted("axis", int64_t{1})}, infer_flatten),
      view("Squeeze", "data:T, axes:int64? -> squeezed:T", {}, infer_squeeze),
      view("Unsqueeze", "data:T, axes:int64 -> expanded:T", {}, infer_unsqueeze),
      {.name = "Transpose",
       .signature = "data:T -> transposed:T",
       .types = {{"T", kAllTypes}},
       .attributes = {optional("perm", AttributeType::kInts)},
       .op_class = OpClass::kMovement,
       .infer = infer_transpose},
      {.name = "Expand",
       .signature = "input:T, shape:int64 -> output:T",
       .types = {{"T", kAllTypes}},
       .op_class = OpClass::kMovement,
       .infer = infer_expand},
  };
}

}  // namespace twingrad
