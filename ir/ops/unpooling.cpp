#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/extents.h"
#include "ir/ops/tables.h"
#include "ir/sliding_window.h"

namespace twingrad {
namespace {

// What goes back from windows to an image: Col2Im and MaxUnpool.

// An axis of `image` elements seen through a window, and how many windows there are.
int64_t windows_along(const WindowAxis& axis, int64_t image) {
  const int64_t room = image + axis.pad_begin + axis.pad_end - axis.reach();
  check(room >= 0, "a block that spans ", axis.reach(), " elements for an image of ", image,
        " along an axis");
  return room / axis.stride + 1;
}

struct Blocks {
  std::vector<int64_t> image;
  SlidingWindow window;
  std::vector<int64_t> counts;  // of windows along each axis

  Blocks(const Attributes& attributes, const Shape& image_shape, const Shape& block_shape)
      : image(image_shape.extents()), window(read_sliding_window(attributes, block_shape)) {
    check(image.size() == window.rank(), "an image of ", image.size(), " axes and a block of ",
          window.rank());
    for (size_t i = 0; i < image.size(); ++i) {
      check(image[i] >= 0, "an image of ", image[i], " elements along an axis");
      counts.push_back(windows_along(window.axes[i], image[i]));
    }
  }
  int64_t block_size() const {
    int64_t size = 1;
    for (const WindowAxis& axis : window.axes) size *= axis.kernel;
    return size;
  }
};

void infer_col2im(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  check(shape == nullptr || shape->rank() == 3, "the input must have 3 axes");
  const auto image = context.integers(1);
  const auto block = context.integers(2);
  if (shape == nullptr || !image || !block) return;
  const Blocks blocks(context.attributes(), Shape(*image), Shape(*block));
  const Dimension& columns = (*shape)[1];
  const Dimension& count = (*shape)[2];
  const int64_t windows = Shape(blocks.counts).element_count();
  check(!columns.known() || columns.extent % blocks.block_size() == 0, columns.extent,
        " rows are no multiple of a block of ", blocks.block_size());
  check(!count.known() || count.extent == windows, count.extent, " columns, the image has ",
        windows, " blocks");
  PartialShape result{
      (*shape)[0], columns.known() ? Dimension(columns.extent / blocks.block_size()) : Dimension()};
  for (const int64_t extent : *image) result.append(Dimension(extent));
  context.set_shape(0, std::move(result));
}

// Along one axis: where in the image each element of each block lies, -1 and beyond are padding.
struct Places {
  Expr image;   // the extent of the image
  Expr at;      // of place k in window l, with axes [k..., l...] for all axes of the image
  Expr inside;  // whether that is in the image
};

Places places_along(const Attributes& attributes, Expr image, Expr block, size_t axis,
                    size_t rank) {
  const auto number = [&](const char* name, size_t i, int64_t fallback) {
    const auto list = attributes.integers_or(name, {});
    return i < list.size() ? list[i] : fallback;
  };
  const auto index = static_cast<int64_t>(axis);
  const Expr extent = gather(image, image.integers({index}), 0);
  const Expr size = gather(block, block.integers({index}), 0);
  const int64_t begin = number("pads", axis, 0);
  const int64_t stride = number("strides", axis, 1);
  const int64_t dilation = number("dilations", axis, 1);
  const auto plus = [](Expr x, int64_t y) { return x + x.like(static_cast<double>(y)); };
  const Expr room =
      plus(extent - multiple(plus(size, -1), dilation), begin + number("pads", rank + axis, 0) - 1);
  const Expr count = plus(room.apply("Div", {room.integers({stride})}), 1);
  const auto along = [&](Expr vector, size_t own) {
    std::vector<int64_t> others;
    for (size_t k = 0; k < 2 * rank; ++k) {
      if (k != own) others.push_back(static_cast<int64_t>(k));
    }
    return unsqueeze(vector, others);
  };
  const Expr at = along(plus(multiple(counted(count), stride), -begin), rank + axis) +
                  along(multiple(counted(size), dilation), axis);
  return {extent, at, (at >= at.like(0)).apply("And", {at < extent})};
}

// Every element of every block is added to the image where it lies, those in the padding to one
// more place behind it.
std::vector<ValueId> expand_col2im(Builder& builder, const Node& node,
                                   std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr image(builder, inputs[1]);
  const Expr block(builder, inputs[2]);
  if (!image.shape()[0].known()) fail_unsupported("the number of axes of the image must be known");
  const auto rank = static_cast<size_t>(image.shape()[0].extent);
  std::optional<Expr> index;
  std::optional<Expr> inside;
  for (size_t axis = 0; axis < rank; ++axis) {
    const Places places = places_along(node.attributes, image, block, axis, rank);
    index = index ? *index * places.image + places.at : places.at;
    inside = inside ? inside->apply("And", {places.inside}) : places.inside;
  }
  check(index.has_value(), "an image without axes");
  const Expr pixels = image.apply("ReduceProd", {image.integers({0})});
  const Expr flat = reshape(where(*inside, *index, pixels), std::vector<int64_t>{1, -1});
  const Expr rows = reshape(x, joined({x.integers({-1}), extent_of(flat, 1)}));
  const Expr one = pixels.like(1);
  const Expr zeros =
      joined({extent_of(rows, 0), pixels + one})
          .apply("ConstantOfShape", {}, {{"value", Tensor::zeros(x.element(), {1})}});
  const Expr sums = zeros.apply("ScatterElements", {flat.apply("Expand", {shape_of(rows)}), rows},
                                {{"axis", int64_t{1}}, {"reduction", std::string("add")}});
  const Expr kept = sums.apply("Slice", {x.integers({0}), pixels, x.integers({1})});
  const Expr size = block.apply("ReduceProd", {block.integers({0})});
  const Expr channels = extent_of(x, 1).apply("Div", {size});
  return {reshape(kept, joined({extent_of(x, 0), channels, image})).id()};
}

// The extents that a pooling with these attributes may have had.
PartialShape unpooled_shape(const Attributes& attributes, const PartialShape& shape) {
  const SlidingWindow window = read_sliding_window(attributes, attributes.integers("kernel_shape"));
  check(shape.rank() == static_cast<int64_t>(window.rank()) + 2, "a kernel of ", window.rank(),
        " axes for an input of shape ", shape);
  PartialShape result{shape[0], shape[1]};
  for (size_t i = 0; i < window.rank(); ++i) {
    const Dimension& dim = shape[static_cast<int64_t>(i) + 2];
    const WindowAxis& axis = window.axes[i];
    const int64_t around = axis.reach() - axis.pad_begin - axis.pad_end - axis.stride;
    const int64_t extent = dim.known() ? dim.extent * axis.stride + around : 0;
    check(extent >= 0, "an unpooled axis of ", extent, " elements");
    result.append(dim.known() ? Dimension(extent) : Dimension());
  }
  return result;
}

// The indices count elements of the inferred shape, so that a smaller one would cut some off.
void check_output_shape(const PartialShape& given, const PartialShape& inferred) {
  check(given.rank() == inferred.rank(), "an output shape of ", given.rank(), " extents");
  for (int64_t axis = 0; axis < given.rank(); ++axis) {
    const Dimension& extent = given[axis];
    const Dimension& least = inferred[axis];
    check(!least.known() || !extent.known() || extent.extent >= least.extent, "an output shape of ",
          given, ", the indices are those of ", inferred);
  }
}

void infer_max_unpool(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  PartialShape result = unpooled_shape(context.attributes(), *shape);
  if (context.has_input(2)) {
    const auto given = context.contents(2);
    if (given) check_output_shape(*given, result);
    result =
        given ? *given : PartialShape(std::vector<Dimension>(static_cast<size_t>(shape->rank())));
  }
  context.set_shape(0, std::move(result));
}

// The same in the graph, where extents may be found when it runs.
Expr unpooled_extents(const Attributes& attributes, Expr x) {
  const PartialShape shape = unpooled_shape(attributes, x.shape());
  if (shape.known()) return x.integers(shape.shape().extents());
  const SlidingWindow window = read_sliding_window(attributes, attributes.integers("kernel_shape"));
  std::vector<int64_t> strides = {1, 1};
  std::vector<int64_t> around = {0, 0};
  for (const WindowAxis& axis : window.axes) {
    strides.push_back(axis.stride);
    around.push_back(axis.reach() - axis.pad_begin - axis.pad_end - axis.stride);
  }
  return shape_of(x) * x.integers(strides) + x.integers(around);
}

// Indices count the elements of the inferred shape; a larger output has zeros behind them.
std::vector<ValueId> expand_max_unpool(Builder& builder, const Node& node,
                                       std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr extents = unpooled_extents(node.attributes, x);
  const std::vector<int64_t> flat = {-1};
  const Expr zeros =
      extents.apply("ReduceProd", {x.integers({0})})
          .apply("ConstantOfShape", {}, {{"value", Tensor::zeros(x.element(), {1})}});
  const Expr filled =
      zeros.apply("ScatterElements", {reshape(Expr(builder, inputs[1]), flat), reshape(x, flat)});
  Expr y = reshape(filled, extents);
  if (inputs.size() > 2 && inputs[2] != kNoValue) {
    const auto given = builder.contents(inputs[2]);
    if (given) check_output_shape(*given, unpooled_shape(node.attributes, x.shape()));
    const Expr more = Expr(builder, inputs[2]) - extents;
    const std::vector<int64_t> none(static_cast<size_t>(x.rank()), 0);
    y = y.apply("Pad", {joined({y.integers(none), more})});
  }
  return {y.id()};
}

}  // namespace

std::vector<OpRow> unpooling_ops() {
  return {
      {.name = "Col2Im",
       .signature = "input:T, image_shape:int64, block_shape:int64 -> output:T",
       .types = {{"T", kNumericTypes}},
       .attributes = {optional("dilations", AttributeType::kInts),
                      optional("pads", AttributeType::kInts),
                      optional("strides", AttributeType::kInts)},
       .infer = infer_col2im,
       .expand = expand_col2im},
      {.name = "MaxUnpool",
       .signature = "X:T1, I:T2, output_shape:T2? -> output:T1",
       .types = {{"T1", kFloatTypes}, {"T2", {DataType::kInt64}}},
       .attributes = {required("kernel_shape", AttributeType::kInts),
                      optional("pads", AttributeType::kInts),
                      optional("strides", AttributeType::kInts)},
       .infer = infer_max_unpool,
       .expand = expand_max_unpool},
  };
}

}  // namespace twingrad
