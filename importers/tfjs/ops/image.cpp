#include "importers/tfjs/formulas/image.h"

#include "importers/tfjs/ops/op_row.h"

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

const TfOpRow kRows[] = {
    {"ResizeBilinear", {}, resize_bilinear},
    {"ResizeNearestNeighbor", {}, resize_nearest},
};

}  // namespace

std::span<const TfOpRow> image_op_rows() {
  return kRows;
}

}  // namespace twingrad
