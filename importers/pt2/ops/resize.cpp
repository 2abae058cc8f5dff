#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

struct Interpolation {
  std::string mode;
  std::string coordinates;
  std::string nearest = "floor";
  bool antialias = false;
};

Attributes attributes_of(const Interpolation& how) {
  return {{"mode", how.mode},
          {"coordinate_transformation_mode", how.coordinates},
          {"nearest_mode", how.nearest},
          {"cubic_coeff_a", -0.75F},
          {"antialias", int64_t{how.antialias}},
          {"exclude_outside", int64_t{how.antialias}}};
}

Expr resized_by(Expr x, const std::vector<double>& factors, const Interpolation& how) {
  Tensor scales = Tensor::filled(DataType::kDouble, {x.rank()}, 1);
  check(static_cast<int64_t>(factors.size()) == x.rank() - 2, factors.size(), " factors for ",
        x.rank() - 2, " axes");
  for (size_t i = 0; i < factors.size(); ++i) scales.data<double>()[i + 2] = factors[i];
  const ValueId known = x.builder().constant(std::move(scales));
  return {x.builder(),
          x.builder().emit_one("Resize", {x.id(), kNoValue, known}, attributes_of(how))};
}

Expr resized_to(Call c, Expr x, const Interpolation& how) {
  const std::array parts = {as_vector(extent_along(x, 0)), as_vector(extent_along(x, 1)),
                            c.extents("output_size")};
  const ValueId sizes = concat(parts, 0).id();
  return {x.builder(),
          x.builder().emit_one("Resize", {x.id(), kNoValue, kNoValue, sizes}, attributes_of(how))};
}

// The overloads `vec`: a size or factors.
Expr upsampled(Call c, const Interpolation& how) {
  const Expr x = c.tensor("input");
  if (!c.is_none("output_size")) return resized_to(c, x, how);
  return resized_by(x, c.reals("scale_factors"), how);
}

// A size, and the factors of which it was made: they count where they are given.
Expr upsampled_with_factors(Call c, const Interpolation& how) {
  const Expr x = c.tensor("self");
  std::vector<double> factors;
  for (const std::string_view name : {"scales_d", "scales_h", "scales_w"}) {
    if (!c.is_none(name)) factors.push_back(c.real(name));
  }
  if (factors.empty() && !c.is_none("scales")) factors.push_back(c.real("scales"));
  if (static_cast<int64_t>(factors.size()) != x.rank() - 2) return resized_to(c, x, how);
  return resized_by(x, factors, how);
}

std::string corners(Call c) {
  return c.flag("align_corners") ? "align_corners" : "half_pixel";
}

AtenEmit smooth(const std::string& mode, bool antialias = false) {
  return [mode, antialias](Call c) { return upsampled(c, {mode, corners(c), "floor", antialias}); };
}
AtenEmit smooth_with_factors(const std::string& mode, bool antialias = false) {
  return [mode, antialias](Call c) {
    return upsampled_with_factors(c, {mode, corners(c), "floor", antialias});
  };
}
Interpolation nearest() {
  return {"nearest", "asymmetric", "floor"};
}
Interpolation nearest_exact() {
  return {"nearest", "half_pixel", "round_prefer_ceil"};
}

Expr grid_sampled(Call c) {
  constexpr std::array<const char*, 3> kModes = {"linear", "nearest", "cubic"};
  constexpr std::array<const char*, 3> kPaddings = {"zeros", "border", "reflection"};
  const int64_t mode = c.integer("interpolation_mode");
  const int64_t padding = c.integer("padding_mode");
  check(mode >= 0 && mode < 3 && padding >= 0 && padding < 3, "unknown mode");
  return c.tensor("input").apply(
      "GridSample", {c.tensor("grid")},
      {{"mode", std::string(kModes[static_cast<size_t>(mode)])},
       {"padding_mode", std::string(kPaddings[static_cast<size_t>(padding)])},
       {"align_corners", int64_t{c.flag("align_corners")}}});
}

Expr affine_grid(Call c) {
  return c.tensor("theta").apply("AffineGrid", {c.extents("size")},
                                 {{"align_corners", int64_t{c.flag("align_corners")}}});
}

// The axes before the last three as one, and back.
template <typename Compute>
Expr on_planes(Expr x, Compute compute) {
  if (x.rank() == 4) return compute(x);
  const Expr shape = shape_of(x);
  const std::array parts = {x.integers({-1}),
                            shape.apply("Slice", {x.integers({-3}), x.integers({INT64_MAX})})};
  const Expr y = compute(reshape(x, concat(parts, 0)));
  const std::array back = {shape.apply("Slice", {x.integers({0}), x.integers({-3})}),
                           shape_of(y).apply("Slice", {x.integers({1}), x.integers({INT64_MAX})})};
  return reshape(y, concat(back, 0));
}

Expr pixels_shuffled(Call c) {
  const int64_t factor = c.integer("upscale_factor");
  return on_planes(c.tensor("self"), [&](Expr x) {
    return x.apply("DepthToSpace", {}, {{"blocksize", factor}, {"mode", std::string("CRD")}});
  });
}

Expr pixels_unshuffled(Call c) {
  const int64_t factor = c.integer("downscale_factor");
  check(factor > 0, "a factor of ", factor);
  return on_planes(c.tensor("self"), [&](Expr x) {
    const Expr f = x.integers({factor});
    const Expr rows = as_vector(extent_along(x, 2)) / f;
    const Expr columns = as_vector(extent_along(x, 3)) / f;
    const std::array split = {
        as_vector(extent_along(x, 0)), as_vector(extent_along(x, 1)), rows, f, columns, f};
    const Expr blocks =
        transpose(reshape(x, concat(split, 0)), std::array<int64_t, 6>{0, 1, 3, 5, 2, 4});
    const std::array whole = {as_vector(extent_along(x, 0)), x.integers({-1}), rows, columns};
    return reshape(blocks, concat(whole, 0));
  });
}

Expr channels_shuffled(Call c) {
  const Expr x = c.tensor("self");
  const int64_t groups = c.integer("groups");
  const std::array split = {as_vector(extent_along(x, 0)), x.integers({groups, -1}),
                            shape_of(x).apply("Slice", {x.integers({2}), x.integers({INT64_MAX})})};
  return reshape_as(swapped_axes(reshape(x, concat(split, 0)), 1, 2), x);
}

std::vector<int64_t> two(Call c, std::string_view name) {
  std::vector<int64_t> values = c.integers(name);
  if (values.size() == 1) values.push_back(values[0]);
  check(values.size() == 2, "two numbers");
  return values;
}

std::vector<int64_t> both_sides(const std::vector<int64_t>& pads) {
  return {pads[0], pads[1], pads[0], pads[1]};
}

Expr columns_to_image(Call c) {
  const Expr x = c.tensor("self");
  const std::array front = {int64_t{0}};
  const Expr batch = x.rank() == 2 ? unsqueeze(x, front) : x;
  const Expr y = batch.apply("Col2Im", {c.extents("output_size"), c.extents("kernel_size")},
                             {{"dilations", two(c, "dilation")},
                              {"pads", both_sides(two(c, "padding"))},
                              {"strides", two(c, "stride")}});
  return x.rank() == 2 ? squeeze(y, front) : y;
}

// Where the windows along one axis have their elements: [kernel, windows].
Expr window_places(Expr padded, int64_t axis, int64_t kernel, int64_t stride, int64_t dilation) {
  check(kernel > 0 && stride > 0 && dilation > 0, "a window of ", kernel);
  const Expr room = extent_along(padded, axis) - static_cast<double>(dilation * (kernel - 1));
  const Expr zero = room.like(0);
  const Expr starts = zero.apply("Range", {room, zero.like(static_cast<double>(stride))});
  const Expr inside = zero.apply("Range", {zero.like(static_cast<double>(kernel)), zero.like(1)});
  return unsqueeze(inside * static_cast<double>(dilation), std::array{int64_t{1}}) + starts;
}

Expr image_to_columns(Call c) {
  const Expr x = c.tensor("self");
  const std::array front = {int64_t{0}};
  const Expr batch = x.rank() == 3 ? unsqueeze(x, front) : x;
  const std::vector<int64_t> kernel = two(c, "kernel_size");
  const std::vector<int64_t> dilation = two(c, "dilation");
  const std::vector<int64_t> pads = two(c, "padding");
  const std::vector<int64_t> stride = two(c, "stride");
  const Expr padded =
      batch.apply("Pad", {x.integers({0, 0, pads[0], pads[1], 0, 0, pads[0], pads[1]})});
  const Expr rows = window_places(padded, 2, kernel[0], stride[0], dilation[0]);
  const Expr columns = window_places(padded, 3, kernel[1], stride[1], dilation[1]);
  const Expr windows = gather(gather(padded, columns, 3), rows, 2);  // [n, c, kh, oh, kw, ow]
  const Expr turned = transpose(windows, std::array<int64_t, 6>{0, 1, 2, 4, 3, 5});
  const std::array shape = {
      as_vector(extent_along(batch, 0)),
      as_vector(extent_along(batch, 1)) * static_cast<double>(kernel[0] * kernel[1]),
      x.integers({-1})};
  const Expr y = reshape(turned, concat(shape, 0));
  return x.rank() == 3 ? squeeze(y, front) : y;
}

}  // namespace

std::vector<AtenRow> resize_rows() {
  constexpr std::string_view kVec = "input, output_size, align_corners, scale_factors";
  constexpr std::string_view kNearestVec = "input, output_size, scale_factors";
  constexpr std::string_view kFactors =
      "self, output_size, align_corners, scales_h=None, scales_w=None, scales_d=None, scales=None";
  constexpr std::string_view kNearestFactors =
      "self, output_size, scales_h=None, scales_w=None, scales_d=None, scales=None";
  const auto vec = [](const Interpolation& how) {
    return [how](Call c) { return upsampled(c, how); };
  };
  const auto factors = [](const Interpolation& how) {
    return [how](Call c) { return upsampled_with_factors(c, how); };
  };
  return {
      {"aten.upsample_linear1d.vec aten.upsample_bilinear2d.vec aten.upsample_trilinear3d.vec",
       kVec, smooth("linear")},
      {"aten.upsample_linear1d.default aten.upsample_bilinear2d.default "
       "aten.upsample_trilinear3d.default",
       kFactors, smooth_with_factors("linear")},
      {"aten.upsample_bicubic2d.vec", kVec, smooth("cubic")},
      {"aten.upsample_bicubic2d.default", kFactors, smooth_with_factors("cubic")},
      {"aten._upsample_bilinear2d_aa.vec", kVec, smooth("linear", true)},
      {"aten._upsample_bilinear2d_aa.default", kFactors, smooth_with_factors("linear", true)},
      {"aten._upsample_bicubic2d_aa.vec", kVec, smooth("cubic", true)},
      {"aten._upsample_bicubic2d_aa.default", kFactors, smooth_with_factors("cubic", true)},
      {"aten.upsample_nearest1d.vec aten.upsample_nearest2d.vec aten.upsample_nearest3d.vec",
       kNearestVec, vec(nearest())},
      {"aten.upsample_nearest1d.default aten.upsample_nearest2d.default "
       "aten.upsample_nearest3d.default",
       kNearestFactors, factors(nearest())},
      {"aten._upsample_nearest_exact1d.vec aten._upsample_nearest_exact2d.vec "
       "aten._upsample_nearest_exact3d.vec",
       kNearestVec, vec(nearest_exact())},
      {"aten._upsample_nearest_exact1d.default aten._upsample_nearest_exact2d.default "
       "aten._upsample_nearest_exact3d.default",
       kNearestFactors, factors(nearest_exact())},
      {"aten.grid_sampler.default aten.grid_sampler_2d.default aten.grid_sampler_3d.default",
       "input, grid, interpolation_mode, padding_mode, align_corners", grid_sampled},
      {"aten.affine_grid_generator.default", "theta, size, align_corners", affine_grid},
      {"aten.pixel_shuffle.default", "self, upscale_factor", pixels_shuffled},
      {"aten.pixel_unshuffle.default", "self, downscale_factor", pixels_unshuffled},
      {"aten.channel_shuffle.default aten.native_channel_shuffle.default", "self, groups",
       channels_shuffled},
      {"aten.col2im.default", "self, output_size, kernel_size, dilation, padding, stride",
       columns_to_image},
      {"aten.im2col.default", "self, kernel_size, dilation, padding, stride", image_to_columns},
  };
}

}  // namespace twingrad::aten
