#pragma once

#include <string>

#include "exporters/drawing/picture.h"

namespace twingrad {

// A picture as SVG, laid out, readable on light and dark ground; the names and types of values are
// tooltips of the arrows. Names of foreign origin are escaped.
std::string svg_text(const Picture& picture);

// A picture in the language of Graphviz, for its layouts and formats.
std::string dot_text(const Picture& picture);

}  // namespace twingrad
