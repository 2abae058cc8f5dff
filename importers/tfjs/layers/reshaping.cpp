#include <algorithm>
#include <limits>

#include "importers/tfjs/formulas/image.h"
#include "importers/tfjs/formulas/padding.h"
#include "importers/tfjs/formulas/window.h"
#include "importers/tfjs/layers/layer_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// A number for all sides, a number for each axis, or a pair for each axis; of the spatial axes.
Margins margins_of(const LayerCall& call, std::string_view key, size_t rank, int64_t fallback) {
  const auto found = call.config.find(key);
  Margins spatial(rank, {fallback, fallback});
  if (found && !found->is_array()) {
    spatial.assign(rank, {found->integer(), found->integer()});
  } else if (found) {
    const auto items = found->items();
    const bool one_pair = rank == 1 && items.size() == 2;
    if (!one_pair && items.size() != rank) found->refuse("expected ", rank, " entries");
    for (size_t i = 0; i < rank; ++i) {
      if (one_pair) {
        spatial[i] = {items[0].integer(), items[1].integer()};
      } else if (!items[i].is_array()) {
        spatial[i] = {items[i].integer(), items[i].integer()};
      } else {
        const auto pair = items[i].integers();
        if (pair.size() != 2) items[i].refuse("expected two numbers");
        spatial[i] = {pair[0], pair[1]};
      }
    }
  }
  Margins all(rank + 2);
  std::ranges::copy(spatial, all.begin() + (call.channels_last() ? 1 : 2));
  return all;
}

template <size_t rank>
std::vector<KerasTensor> zero_padding(LayerCall& call) {
  return {{zero_padded(call.input(0), margins_of(call, "padding", rank, 1))}};
}

template <size_t rank>
std::vector<KerasTensor> cropping(LayerCall& call) {
  Margins margins = margins_of(call, "cropping", rank, rank == 1 ? 1 : 0);
  for (auto& [front, behind] : margins) {
    front = -front;
    behind = -behind;
  }
  return {{zero_padded(call.input(0), margins)}};
}

int64_t extent_product(int64_t extent, int64_t factor) {
  check(factor > 0, "a factor is ", factor);
  const auto result = checked_product(extent, factor);
  check(result.has_value(), "an extent is too large");
  return *result;
}

// Every element of an axis `count` times, one beside the other.
Expr repeated(Expr x, int64_t axis, int64_t count) {
  if (count == 1) return x;
  const std::vector<int64_t> behind = {axis + 1};
  const Expr apart = unsqueeze(x, behind);
  std::vector<int64_t> times(static_cast<size_t>(apart.rank()), 1);
  times[static_cast<size_t>(axis + 1)] = count;
  const Expr tiled = apart.apply("Tile", {x.integers(times)});
  const Dimension& extent = x.shape()[axis];
  std::vector<int64_t> shape;
  int open = 0;
  for (int64_t k = 0; k < x.rank(); ++k) {
    const Dimension& dim = x.shape()[k];
    open += dim.known() ? 0 : 1;
    shape.push_back(!dim.known() ? -1
                    : k == axis  ? extent_product(extent.extent, count)
                                 : dim.extent);
  }
  if (open > 1) fail_unsupported("more than one extent is not known: ", x.type());
  return reshape(tiled, shape);
}

std::vector<KerasTensor> up_sampling_1d(LayerCall& call) {
  return {{repeated(call.input(0), 1, call.config.integers("size", 1, 2)[0])}};
}

std::vector<KerasTensor> up_sampling_2d(LayerCall& call) {
  const auto factors = call.config.integers("size", 2, 2);
  const std::string mode = call.config.text("interpolation", "nearest");
  if (mode != "nearest" && mode != "bilinear") {
    fail_unsupported("the interpolation ", quoted_name(mode), " is not supported");
  }
  const bool last = call.channels_last();
  const Expr x = last ? call.input(0) : channels_back(call.input(0), true);
  const Dimension& height = x.shape()[1];
  const Dimension& width = x.shape()[2];
  const Expr extents = height.known() && width.known()
                           ? x.integers({extent_product(height.extent, factors[0]),
                                         extent_product(width.extent, factors[1])})
                           : slice(shape_of(x), 0, 1, 3) * x.integers(factors);
  const ResizeGrid grid{.half_pixel_centers = true};
  const Expr y =
      mode == "nearest" ? resized_nearest(x, extents, grid) : resized_bilinear(x, extents, grid);
  return {{last ? y : channels_first(y, true)}};
}

std::vector<KerasTensor> up_sampling_3d(LayerCall& call) {
  const auto factors = call.config.integers("size", 3, 2);
  Expr x = call.input(0);
  const int64_t first = call.channels_last() ? 1 : 2;
  for (int64_t i = 0; i < 3; ++i) x = repeated(x, first + i, factors[static_cast<size_t>(i)]);
  return {{x}};
}

std::vector<KerasTensor> resizing(LayerCall& call) {
  const std::string mode = call.config.text("interpolation", "bilinear");
  if (mode != "nearest" && mode != "bilinear") {
    fail_unsupported("the interpolation ", quoted_name(mode), " is not supported");
  }
  for (const char* key : {"crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"}) {
    if (call.config.flag(key, false)) fail_unsupported("the setting '", key, "' is not supported");
  }
  const bool last = call.channels_last();
  const Expr x = last ? call.input(0) : channels_back(call.input(0), true);
  const Expr size = x.integers({call.config.integer("height"), call.config.integer("width")});
  const ResizeGrid grid{.half_pixel_centers = true};
  const Expr y =
      mode == "nearest" ? resized_nearest(x, size, grid) : resized_bilinear(x, size, grid);
  return {{last ? y : channels_first(y, true)}};
}

const LayerRow kReshapingRows[] = {
    {"Resizing", resizing, Masking::kStop},
    {"Cropping1D", cropping<1>, Masking::kStop},
    {"Cropping2D", cropping<2>, Masking::kStop},
    {"Cropping3D", cropping<3>, Masking::kStop},
    {"UpSampling1D", up_sampling_1d, Masking::kStop},
    {"UpSampling2D", up_sampling_2d, Masking::kStop},
    {"UpSampling3D", up_sampling_3d, Masking::kStop},
    {"ZeroPadding1D", zero_padding<1>, Masking::kStop},
    {"ZeroPadding2D", zero_padding<2>, Masking::kStop},
    {"ZeroPadding3D", zero_padding<3>, Masking::kStop},
};

}  // namespace

std::span<const LayerRow> reshaping_layers() {
  return kReshapingRows;
}

}  // namespace twingrad
