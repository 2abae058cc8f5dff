#include "ir/op.h"
#include "parity/op_cases.h"

namespace twingrad {
namespace {

Attributes with(std::initializer_list<std::pair<std::string, std::string>> texts) {
  Attributes attributes;
  for (const auto& [name, value] : texts) attributes.set(name, value);
  return attributes;
}

}  // namespace

std::vector<OpCase> resize_cases() {
  const OpInput image{{1, 2, 4, 3}, Range::kAny, {}};
  const OpInput none{{}, Range::kNone, {}};
  const OpInput grow = fixed_input(Tensor::of<float>({4}, {1, 1, 1.5F, 2}));
  const OpInput shrink = fixed_input(Tensor::of<float>({4}, {1, 1, 0.6F, 0.7F}));
  const OpInput sizes = integers_input({1, 2, 7, 2});
  const OpInput region = fixed_input(Tensor::of<float>({8}, {0, 0, 0.4F, 0.6F, 1, 1, 1.2F, 1.1F}));
  std::vector<OpCase> cases = {
      {"Resize", "nearest", {image, none, grow}},
      {"Resize",
       "nearest_ceil",
       {image, none, none, sizes},
       with({{"nearest_mode", "ceil"}, {"coordinate_transformation_mode", "asymmetric"}})},
      {"Resize",
       "crop",
       {image, region, none, sizes},
       {{"mode", std::string("linear")},
        {"coordinate_transformation_mode", std::string("tf_crop_and_resize")},
        {"extrapolation_value", 10.0F}}},
  };
  const OpInput moved = point_input({4}, {0.12, 0.07, 0.83, 1.13});
  for (const char* mode : {"linear", "cubic"}) {
    const std::string name(mode);
    cases.push_back({"Resize",
                     name + "_region",
                     {image, moved, none, integers_input({5, 4})},
                     {{"mode", name},
                      {"axes", std::vector<int64_t>{2, 3}},
                      {"coordinate_transformation_mode", std::string("tf_crop_and_resize")},
                      {"extrapolation_value", 10.0F}}});
    cases.push_back({"Resize", name + "_grow", {image, none, grow}, with({{"mode", name}})});
    cases.push_back({"Resize",
                     name + "_corners",
                     {image, none, none, sizes},
                     with({{"mode", name}, {"coordinate_transformation_mode", "align_corners"}})});
    cases.push_back({"Resize",
                     name + "_antialias",
                     {image, none, shrink},
                     {{"mode", name}, {"antialias", int64_t{1}}, {"exclude_outside", int64_t{1}}}});
  }
  const OpInput gradient{{1, 2, 6, 6}, Range::kAny, {}};
  cases.push_back({"ResizeGradient",
                   "linear",
                   {gradient, none, grow, none, integers_input({1, 2, 4, 3})},
                   with({{"mode", "linear"}}),
                   1,
                   std::string(kInternalDomain)});
  return cases;
}

}  // namespace twingrad
