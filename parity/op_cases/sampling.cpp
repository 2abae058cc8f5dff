#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> sampling_cases() {
  const OpInput image{{2, 2, 4, 3}, Range::kAny, {}};
  const OpInput grid = {{2, 2, 3, 2}, Range::kUnit, {}};
  // Partly beyond the borders, and nowhere between the centres of elements.
  const OpInput beyond =
      point_input({2, 2, 3, 2},
                  {0.13,  -0.71, 1.37, -1.62, 0.55, 0.22, -1.31, 0.91, -0.42, 1.72, -0.11, -0.93,
                   -1.83, 0.37,  0.71, 0.52,  1.12, 1.23, -0.66, 0.11, 0.34,  0.77, -0.25, -1.14});
  const OpInput volume{{1, 1, 3, 2, 3}, Range::kAny, {}};
  std::vector<OpCase> cases = {
      {"GridSample", "volume", {volume, {{1, 2, 1, 2, 3}, Range::kUnit, {}}}},
      {"GridSample", "nearest", {image, grid}, {{"mode", std::string("nearest")}}},
  };
  for (const char* mode : {"linear", "cubic"}) {
    for (const char* padding : {"zeros", "border", "reflection"}) {
      for (const int64_t align : {0, 1}) {
        cases.push_back({"GridSample",
                         std::string(mode) + "_" + padding + (align == 0 ? "" : "_corners"),
                         {image, align == 0 ? grid : beyond},
                         {{"mode", std::string(mode)},
                          {"padding_mode", std::string(padding)},
                          {"align_corners", align}}});
      }
    }
  }
  for (const int64_t align : {0, 1}) {
    const std::string label = align == 0 ? "centres" : "corners";
    const Attributes attributes = {{"align_corners", align}};
    cases.push_back({"AffineGrid",
                     "plane_" + label,
                     {{{2, 2, 3}, Range::kAny, {}}, integers_input({2, 1, 3, 4})},
                     attributes});
    cases.push_back({"AffineGrid",
                     "space_" + label,
                     {{{1, 3, 4}, Range::kAny, {}}, integers_input({1, 1, 2, 3, 2})},
                     attributes});
  }
  const OpInput pictures{{2, 2, 5, 6}, Range::kDistinct, {}};
  const OpInput boxes =
      point_input({3, 4}, {0.3, 0.7, 3.9, 4.2, 1.1, 0.24, 5.3, 2.6, 2.2, 1.3, 4.6, 3.8});
  const OpInput irregular = point_input(
      {3, 4}, {0.313, 0.707, 3.931, 4.219, 1.117, 0.241, 5.317, 2.641, 2.219, 1.327, 4.617, 3.853});
  const OpInput batch = integers_input({0, 1, 1});
  for (const int64_t ratio : {0, 2}) {
    cases.push_back(
        {"RoiAlign",
         "ratio_" + std::to_string(ratio),
         {pictures, boxes, batch},
         {{"output_height", int64_t{2}}, {"output_width", int64_t{3}}, {"sampling_ratio", ratio}}});
  }
  cases.push_back({"RoiAlign",
                   "largest",
                   {pictures, irregular, batch},
                   {{"output_height", int64_t{2}},
                    {"output_width", int64_t{2}},
                    {"sampling_ratio", int64_t{2}},
                    {"mode", std::string("max")},
                    {"coordinate_transformation_mode", std::string("output_half_pixel")}}});
  cases.push_back(
      {"MaxRoiPool",
       "bins",
       {pictures, fixed_input(Tensor::of<double>({2, 5}, {0, 0, 1, 3, 4, 1, 2.2, 0, 5, 2.8}))},
       {{"pooled_shape", std::vector<int64_t>{2, 2}}}});
  const OpInput weights{{4, 1, 2, 2}, Range::kAny, {}};
  const OpInput offset{{2, 16, 3, 2}, Range::kUnit, {}};
  const OpInput mask{{2, 8, 3, 2}, Range::kAny, {}};
  cases.push_back({"DeformConv",
                   "groups",
                   {image, weights, offset, {{4}, Range::kAny, {}}, mask},
                   {{"group", int64_t{2}}, {"offset_group", int64_t{2}}}});
  cases.push_back(
      {"DeformConv",
       "strides",
       {image, {{3, 2, 2, 2}, Range::kAny, {}}, {{2, 8, 3, 2}, Range::kUnit, {}}},
       {{"strides", std::vector<int64_t>{2, 2}}, {"pads", std::vector<int64_t>{1, 0, 1, 1}}}});
  return cases;
}

}  // namespace twingrad
