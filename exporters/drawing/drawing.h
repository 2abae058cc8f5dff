#pragma once

#include <string>
#include <string_view>

#include "exporters/drawing/picture.h"

namespace twingrad {

// A picture as SVG, laid out, readable on light and dark ground; the names and types of values are
// tooltips of the arrows. Names of foreign origin are escaped.
std::string svg_text(const Picture& picture);

// The same as an element for a page that brings the style (class "graph") and, once, the definition
// of the arrows' head.
std::string inline_svg_text(const Picture& picture);
extern const std::string_view kArrowHead;

// A picture in the language of Graphviz, for its layouts and formats.
std::string dot_text(const Picture& picture);

}  // namespace twingrad
