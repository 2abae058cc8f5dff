#pragma once

#include <vector>

#include "exporters/drawing/picture.h"

namespace twingrad {

struct Point {
  double x = 0;
  double y = 0;
};

// Where a box is, in pixels: its upper left corner and its size.
struct Place {
  Point corner;
  double width = 0;
  double height = 0;
};

struct Layout {
  std::vector<Place> boxes;
  std::vector<std::vector<Point>> arrows;  // the corners of a curve, from box to box
  double width = 0;
  double height = 0;
};

inline constexpr double kCharacterWidth = 6.7;  // of the pictures' font, in pixels
inline constexpr double kLineHeight = 15;

// The layered layout of Sugiyama, Tagawa and Toda (1981): layers by the longest path, barycenters
// against crossings, then places as near to the neighbours' as the order allows (isotonic
// regression). Backward boxes stand to the right of forward ones and run upwards, so that a node's
// derivative is near its height. Arrows over few layers go around boxes, longer ones straight, for
// they would fill the picture. Takes time linear in boxes and arrows, but for sorting.
Layout layout_of(const Panel& panel);

}  // namespace twingrad
