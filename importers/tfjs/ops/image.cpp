#include "importers/tfjs/formulas/image.h"

#include "importers/tfjs/formulas/window.h"
#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

ResizeGrid grid_of(const OpCall& call) {
  return {call.attributes.flag("align_corners", false),
          call.attributes.flag("half_pixel_centers", false)};
}

// The result is float, whatever the images are.
std::vector<Expr> resize_bilinear(const OpCall& call) {
  return {resized_bilinear(cast(call.input(0), DataType::kFloat), call.as_int64(1), grid_of(call))};
}

std::vector<Expr> resize_nearest(const OpCall& call) {
  return {resized_nearest(call.input(0), call.as_int64(1), grid_of(call))};
}

// Places of `count` samples between the edges [boxes] of each box along an axis of this extent,
// in pixels: [boxes, count].
Expr sample_places(Expr from, Expr to, int64_t count, Expr last_pixel) {
  const std::vector<int64_t> column = {1};
  if (count == 1) return unsqueeze((from + to) * last_pixel * 0.5, column);
  std::vector<float> steps;
  for (int64_t i = 0; i < count; ++i) {
    steps.push_back(static_cast<float>(i) / static_cast<float>(count - 1));
  }
  Builder& builder = from.builder();
  const Expr share(builder,
                   builder.constant(Tensor::of<float>({1, count}, std::span<const float>(steps))));
  const Expr first = unsqueeze(from * last_pixel, column);
  return first + unsqueeze((to - from) * last_pixel, column) * share;
}

Expr last_pixel(Expr images, int64_t axis) {
  const Expr extent = squeeze(slice(shape_of(images), 0, axis, axis + 1), std::vector<int64_t>{0});
  return cast(extent, images.element()) - 1.0;
}

Expr are_inside(Expr places, Expr last) {
  return (places >= places.like(0)).apply("And", {places <= last});
}

// From pixels to -1 for the first and 1 for the last one.
Expr scaled(Expr places, Expr last) {
  return places * 2.0 / last.apply("Max", {last.like(1)}) - 1.0;
}

// The grid [boxes, rows, columns, 2] of GridSample.
Expr grid_of_boxes(Expr x, Expr y) {
  const std::vector<int64_t> column = {2};
  const std::vector<int64_t> row = {1};
  const std::vector<int64_t> behind = {3};
  const Expr across = unsqueeze(x, row) + unsqueeze(y, column) * 0.0;
  const Expr down = unsqueeze(y, column) + unsqueeze(x, row) * 0.0;
  return concat(std::vector<Expr>{unsqueeze(across, behind), unsqueeze(down, behind)}, 3);
}

// Boxes are y1, x1, y2, x2 in shares of the image. Samples that lie outside have the value of the
// attribute.
std::vector<Expr> crop_and_resize(const OpCall& call) {
  const std::string method = call.attributes.text("method", "bilinear");
  if (method != "bilinear") fail_unsupported("the method ", quoted_name(method));
  const Expr images = cast(call.input(0), DataType::kFloat);
  const std::vector<int64_t> size = call.integers(3);
  check(size.size() == 2 && size[0] > 0 && size[1] > 0 && size[0] <= 65536 && size[1] <= 65536,
        "the size of a crop must be two extents");
  const auto edge = [&call](int64_t i) {
    return squeeze(slice(call.input(1), 1, i, i + 1), std::vector<int64_t>{1});
  };
  const Expr bottom = last_pixel(images, 1);
  const Expr right = last_pixel(images, 2);
  const Expr y = sample_places(edge(0), edge(2), size[0], bottom);
  const Expr x = sample_places(edge(1), edge(3), size[1], right);
  const Expr crops = channels_first(gather(images, call.input(2), 0), true)
                         .apply("GridSample", {grid_of_boxes(scaled(x, right), scaled(y, bottom))},
                                {{"mode", std::string("linear")}, {"align_corners", int64_t{1}}});
  const Expr counts = unsqueeze(are_inside(y, bottom), std::vector<int64_t>{2})
                          .apply("And", {unsqueeze(are_inside(x, right), std::vector<int64_t>{1})});
  return {where(unsqueeze(counts, std::vector<int64_t>{3}), channels_back(crops, true),
                crops.like(call.attributes.real("extrapolation_value", 0)))};
}

const TfOpRow kImageRows[] = {
    {"CropAndResize", {}, crop_and_resize},
    {"ResizeBilinear", {}, resize_bilinear},
    {"ResizeNearestNeighbor", {}, resize_nearest},
};

}  // namespace

std::span<const TfOpRow> image_op_rows() {
  return kImageRows;
}

}  // namespace twingrad
