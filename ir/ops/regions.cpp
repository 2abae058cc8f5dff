#include <limits>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/extents.h"
#include "ir/ops/sampling.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// Pooling of regions of interest. Regions are boxes x1, y1, x2, y2 in units of the image over
// spatial_scale.

void set_pooled_shape(InferContext& context, int64_t columns, int64_t height, int64_t width) {
  check(height >= 1 && width >= 1, "an output of ", height, " by ", width);
  const PartialShape* image = context.shape(0);
  const PartialShape* rois = context.shape(1);
  check(image == nullptr || image->rank() == 4, "the image must have 4 axes");
  check(rois == nullptr ||
            (rois->rank() == 2 && (!(*rois)[1].known() || (*rois)[1].extent == columns)),
        "regions must be rows of ", columns, " numbers");
  if (image == nullptr || rois == nullptr) return;
  context.set_shape(0, {(*rois)[0], (*image)[1], Dimension(height), Dimension(width)});
}

void infer_roi_align(InferContext& context) {
  const Attributes& attributes = context.attributes();
  const std::string& mode = attributes.text("mode");
  check(mode == "avg" || mode == "max", "attribute 'mode' must be avg or max, found ",
        quoted_name(mode));
  const std::string& centre = attributes.text("coordinate_transformation_mode");
  check(
      centre == "half_pixel" || centre == "output_half_pixel",
      "attribute 'coordinate_transformation_mode' must be half_pixel or output_half_pixel, found ",
      quoted_name(centre));
  check(attributes.integer("sampling_ratio") >= 0, "attribute 'sampling_ratio' is negative");
  set_pooled_shape(context, 4, attributes.integer("output_height"),
                   attributes.integer("output_width"));
}

// The points of one axis of every region: [R, bins, samples].
struct RegionAxis {
  Expr places;
  Expr inside;  // whether a sample counts: regions of other sizes may have fewer
  Expr count;   // of samples in a bin, [R,1,1]
  Expr extent;  // of the image
};

Expr column(Expr rois, int64_t i) {
  return unsqueeze(slice(rois, 1, i, i + 1), std::vector<int64_t>{2});
}

// A number of samples a bin that is not given is the bin's extent, rounded up.
RegionAxis region_axis(const Node& node, Expr rois, Expr image, int64_t axis, int64_t bins) {
  const Attributes& attributes = node.attributes;
  const bool half_pixel = attributes.text("coordinate_transformation_mode") == "half_pixel";
  const auto scale = static_cast<double>(attributes.real("spatial_scale"));
  const int64_t ratio = attributes.integer("sampling_ratio");
  const int64_t first = axis == 2 ? 1 : 0;
  const auto edge = [&](int64_t i) { return column(rois, i) * scale - (half_pixel ? 0.5 : 0.0); };
  const Expr start = edge(first);
  Expr size = edge(first + 2) - start;
  if (!half_pixel) size = where(size < size.like(1), size.like(1), size);
  const Expr bin = size / static_cast<double>(bins);
  const Expr wanted = ratio > 0 ? zeros_as(bin) + static_cast<double>(ratio) : bin.apply("Ceil");
  const Expr count = where(wanted < wanted.like(1), wanted.like(1), wanted);
  const Expr most = ratio > 0 ? rois.integers({ratio})
                              : reshape(cast(count.apply("ReduceMax", {}), DataType::kInt64),
                                        std::vector<int64_t>{1});
  const auto numbers = [&](Expr extent, std::vector<int64_t> others) {
    return unsqueeze(cast(counted(extent), rois.element()), others);
  };
  const Expr sample = numbers(most, {0, 1});
  const Expr place =
      start + bin * numbers(rois.integers({bins}), {0, 2}) + (sample + 0.5) * bin / count;
  return {place, sample < wanted, count, extent_as_number(image, axis)};
}

// The neighbours of every point along one axis; points up to one element outside are moved to the
// end, those beyond count nothing.
std::vector<AxisTap> region_taps(Expr place, Expr inside, Expr extent) {
  const Expr zero = place.like(0);
  const Expr last = extent - 1;
  const Expr counts =
      inside.apply("And", {place >= place.like(-1)}).apply("And", {place <= extent});
  std::vector<AxisTap> taps = linear_taps(bounded(place, zero, last));
  for (AxisTap& tap : taps) {
    tap.index = bounded(tap.index, zero, last);
    tap.weight = where(counts, tap.weight, zero);
  }
  return taps;
}

// A value of one axis, [R, bins, samples], for all points: [R, rows, columns, samples^2] flattened.
Expr for_all_points(Expr x, bool rows, Expr shape) {
  const std::vector<int64_t> others =
      rows ? std::vector<int64_t>{2, 4} : std::vector<int64_t>{1, 3};
  const Expr spread = unsqueeze(x, others).apply("Expand", {shape});
  return reshape(spread, joined({extent_of(x, 0), x.integers({-1})}));
}

std::vector<ValueId> expand_roi_align(Builder& builder, const Node& node,
                                      std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr rois(builder, inputs[1]);
  const Expr image = gather(x, Expr(builder, inputs[2]), 0);
  const int64_t height = node.attributes.integer("output_height");
  const int64_t width = node.attributes.integer("output_width");
  const RegionAxis rows = region_axis(node, rois, image, 2, height);
  const RegionAxis columns = region_axis(node, rois, image, 3, width);
  const Expr shape = joined({extent_of(rois, 0), rois.integers({height, width}),
                             extent_of(rows.places, 2), extent_of(columns.places, 2)});
  const auto taps = [&](const RegionAxis& axis, bool is_rows) {
    return region_taps(for_all_points(axis.places, is_rows, shape),
                       for_all_points(axis.inside, is_rows, shape), axis.extent);
  };
  const std::vector<std::vector<AxisTap>> all = {taps(rows, true), taps(columns, false)};
  const Expr bins =
      joined({extent_of(rois, 0), extent_of(x, 1), rois.integers({height, width, -1})});
  const std::vector<int64_t> last = {4};
  if (node.attributes.text("mode") == "max") {
    std::optional<Expr> largest;
    for (const Reading& reading : all_readings(image, all)) {
      const Expr part = reading.values * reading.weight;
      largest = largest ? largest->apply("Max", {part}) : part;
    }
    const Expr split = reshape(*largest, bins);
    return {split.apply("ReduceMax", {split.integers(last)}, {{"keepdims", int64_t{0}}}).id()};
  }
  const Expr sum = reduce_sum(reshape(interpolated(image, all), bins), last, false);
  const std::vector<int64_t> behind = {3};
  return {(sum / unsqueeze(rows.count * columns.count, behind)).id()};
}

void infer_max_roi_pool(InferContext& context) {
  const auto& pooled = context.attributes().integers("pooled_shape");
  check(pooled.size() == 2, "attribute 'pooled_shape' must have 2 entries, found ", pooled.size());
  set_pooled_shape(context, 5, pooled[0], pooled[1]);
}

// Which elements of an axis each bin covers: [R, bins, extent]. Edges are rounded to elements, and
// bins to whole ones outwards (Fast R-CNN).
Expr covered(Expr rois, Expr image, int64_t axis, int64_t bins, double scale) {
  const int64_t first = axis == 2 ? 2 : 1;
  const auto edge = [&](int64_t i) { return (column(rois, i) * scale + 0.5).apply("Floor"); };
  const Expr start = edge(first);
  const Expr span = edge(first + 2) - start + 1;
  const Expr bin = where(span < span.like(1), span.like(1), span) / static_cast<double>(bins);
  const auto numbers = [&](Expr extent, std::vector<int64_t> others) {
    return unsqueeze(cast(counted(extent), rois.element()), others);
  };
  const Expr number = numbers(rois.integers({bins}), {0, 2});
  const Expr element = numbers(extent_of(image, axis), {0, 1});
  const Expr begin = (bin * number).apply("Floor") + start;
  const Expr end = (bin * (number + 1)).apply("Ceil") + start;
  return (element >= begin).apply("And", {element < end});
}

// Along the columns, then along the rows; bins that cover nothing are 0.
std::vector<ValueId> expand_max_roi_pool(Builder& builder, const Node& node,
                                         std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr rois(builder, inputs[1]);
  const auto& pooled = node.attributes.integers("pooled_shape");
  const auto scale = static_cast<double>(node.attributes.real("spatial_scale"));
  const std::vector<int64_t> front = {1};
  const Expr batch = cast(squeeze(slice(rois, 1, 0, 1), front), DataType::kInt64);
  const Expr image = gather(x, batch, 0);  // [R,C,H,W]
  const Expr lowest = x.like(-std::numeric_limits<double>::infinity());
  const auto largest = [&](Expr values, Expr mask, int64_t axis) {
    const Expr kept = where(mask, values, lowest);
    return kept.apply("ReduceMax", {kept.integers({axis})}, {{"keepdims", int64_t{0}}});
  };
  const Expr columns = covered(rois, image, 3, pooled[1], scale);
  const Expr rows = covered(rois, image, 2, pooled[0], scale);
  const std::vector<int64_t> beside_columns = {1, 2};
  const std::vector<int64_t> before_width = {3};
  // [R,C,H,1,W] under [R,1,1,PW,W]
  const Expr narrow =
      largest(unsqueeze(image, before_width), unsqueeze(columns, beside_columns), 4);
  // [R,C,1,H,PW] under [R,1,PH,H,1]
  const std::vector<int64_t> before_height = {2};
  const std::vector<int64_t> beside_rows = {1, 4};
  const Expr y = largest(unsqueeze(narrow, before_height), unsqueeze(rows, beside_rows), 3);
  return {where(equal(y, lowest), y.like(0), y).id()};
}

}  // namespace

std::vector<OpRow> region_ops() {
  return {
      {.name = "RoiAlign",
       .signature = "X:T1, rois:T1, batch_indices:int64 -> Y:T1",
       .types = {{"T1", kFloatTypes}},
       .attributes = {defaulted("coordinate_transformation_mode", std::string("half_pixel")),
                      defaulted("mode", std::string("avg")), defaulted("output_height", int64_t{1}),
                      defaulted("output_width", int64_t{1}),
                      defaulted("sampling_ratio", int64_t{0}), defaulted("spatial_scale", 1.0F)},
       .infer = infer_roi_align,
       .expand = expand_roi_align},
      {.name = "MaxRoiPool",
       .signature = "X:T, rois:T -> Y:T",
       .types = {{"T", kFloatTypes}},
       .attributes = {required("pooled_shape", AttributeType::kInts),
                      defaulted("spatial_scale", 1.0F)},
       .infer = infer_max_roi_pool,
       .expand = expand_max_roi_pool},
  };
}

}  // namespace twingrad
