#include <cmath>

#include "importers/onnx/upgrade/families.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// LpPool-1 and GlobalLpPool-1 have the exponent as a float.
void upgrade_exponent(OldNode& node) {
  const auto p = node.take<float>("p");
  if (!p) return;
  check(*p >= 1 && *p < 1e9F && std::floor(*p) == *p, "an exponent of ", *p,
        ", expected a whole number");
  node.spec.attributes.set("p", static_cast<int64_t>(*p));
}

void to_resize(OldNode& node, ValueId scales) {
  const std::string mode = node.take<std::string>("mode").value_or("nearest");
  node.spec.attributes = {{"mode", mode == "bilinear" ? std::string("linear") : mode},
                          {"coordinate_transformation_mode", std::string("asymmetric")},
                          {"nearest_mode", std::string("floor")}};
  node.spec.inputs = {node.input(0), kNoValue, scales};
}

// The scales of Upsample are attributes of their own, then one, then an input.
void upgrade_upsample(OldNode& node) {
  if (node.version >= 9) return to_resize(node, node.input(1));
  std::vector<float> scales;
  if (node.version < 7) {
    const auto height = node.take<float>("height_scale");
    const auto width = node.take<float>("width_scale");
    check(height && width, "attributes 'height_scale' and 'width_scale' are required");
    scales = {1.0F, 1.0F, *height, *width};
  } else {
    const auto given = node.take<std::vector<float>>("scales");
    check(given.has_value(), "attribute 'scales' is missing");
    scales = *given;
  }
  to_resize(node, node.builder.constant(Tensor::of<float>({static_cast<int64_t>(scales.size())},
                                                          std::span<const float>(scales))));
}

void upgrade_first_resize(OldNode& node) {
  to_resize(node, node.input(1));
}

// Before 13, `roi` and `scales` are required, and empty where they do not apply.
void drop_empty_inputs(OldNode& node) {
  for (const size_t i : {size_t{1}, size_t{2}}) {
    if (!node.has_input(i)) continue;
    const Tensor* data = node.builder.known(node.input(i));
    if (data != nullptr && data->element_count() == 0) node.set_input(i, kNoValue);
  }
}

}  // namespace

std::vector<UpgradeRow> pooling_upgrades() {
  constexpr int64_t kAlways = 1000;
  return {
      {"LpPool", 2, upgrade_exponent},
      {"GlobalLpPool", 2, upgrade_exponent},
      {"Upsample", kAlways, upgrade_upsample, false, "Resize"},
      {"Resize", 11, upgrade_first_resize},
      {"Resize", 13, drop_empty_inputs, true},
  };
}

}  // namespace twingrad
