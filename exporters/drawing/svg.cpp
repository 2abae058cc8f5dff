#include <algorithm>
#include <cmath>
#include <sstream>

#include "exporters/drawing/drawing.h"
#include "exporters/drawing/layout.h"
#include "exporters/xml_text.h"

namespace twingrad {
namespace {

constexpr double kTitleHeight = 34;

constexpr const char* kStyle = R"(<style>
svg { background: #ffffff; color: #1f2328; font: 11px ui-monospace, "DejaVu Sans Mono", monospace; }
text { fill: currentColor; text-anchor: middle; }
.title { font-size: 13px; font-weight: bold; text-anchor: start; }
.op { font-weight: bold; }
.line { opacity: .7; }
rect { stroke: #8c959f; fill: #f6f8fa; }
.input rect { fill: #ddf4ff; stroke: #54aeff; } .output rect { fill: #dafbe1; stroke: #4ac26b; }
.backward rect { fill: #fff1e5; stroke: #fb8f44; }
path { fill: none; stroke: #6e7781; stroke-width: 1.2; marker-end: url(#head); }
path.far { stroke-opacity: .35; } path:hover { stroke: #cf222e; stroke-width: 2.5; stroke-opacity: 1; }
marker path { marker-end: none; fill: #6e7781; stroke: none; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; color: #e6edf3; }
rect { stroke: #6e7681; fill: #161b22; }
.input rect { fill: #0c2d6b; stroke: #388bfd; } .output rect { fill: #033a16; stroke: #2ea043; }
.backward rect { fill: #3d1300; stroke: #bd561d; }
path { stroke: #8b949e; } marker path { fill: #8b949e; }
}
</style>
)";

struct Size {
  double width = 200;
  double height = 0;
};

const char* class_of(Box::Kind kind) {
  switch (kind) {
    case Box::Kind::kInput:
      return "input";
    case Box::Kind::kOutput:
      return "output";
    case Box::Kind::kForward:
      return "forward";
    case Box::Kind::kBackward:
      return "backward";
  }
  return "";
}

void write_box(std::ostream& out, const Box& box, const Place& place) {
  const double x = place.corner.x + place.width / 2;
  double y = place.corner.y + 18;
  out << "<g class=\"" << class_of(box.kind) << "\"><rect x=\"" << place.corner.x << "\" y=\""
      << place.corner.y << "\" width=\"" << place.width << "\" height=\"" << place.height
      << "\" rx=\"" << (box.kind == Box::Kind::kForward ? 3 : 10) << "\"/><text class=\"op\" x=\""
      << x << "\" y=\"" << y << "\">" << xml_text(box.title) << "</text>";
  for (const std::string& line : box.lines) {
    y += kLineHeight;
    out << "<text class=\"line\" x=\"" << x << "\" y=\"" << y << "\">" << xml_text(line)
        << "</text>";
  }
  for (const Measure& measure : box.measures) {
    y += kLineHeight;
    out << "<rect class=\"measure " << measure.style << "\" x=\"" << place.corner.x + 3 << "\" y=\""
        << y - 11 << "\" width=\"" << place.width - 6 << "\" height=\"" << kLineHeight
        << "\"/><text x=\"" << x << "\" y=\"" << y << "\">" << xml_text(measure.text) << "</text>";
  }
  out << "</g>\n";
}

// A smooth curve through the corners: upright where it goes from layer to layer, level where it
// leaves a box at its side.
void write_arrow(std::ostream& out, const Arrow& arrow, const std::vector<Point>& corners,
                 bool level) {
  const double rise = std::fabs(corners.back().y - corners.front().y);
  out << "<path" << (rise > 600 && corners.size() == 2 ? " class=\"far\"" : "") << " d=\"M"
      << corners[0].x << "," << corners[0].y;
  for (size_t i = 1; i < corners.size(); ++i) {
    const Point& a = corners[i - 1];
    const Point& b = corners[i];
    if (level) {
      const double x = (a.x + b.x) / 2;
      out << " C" << x << "," << a.y << " " << x << "," << b.y;
    } else {
      const double y = (a.y + b.y) / 2;
      out << " C" << a.x << "," << y << " " << b.x << "," << y;
    }
    out << " " << b.x << "," << b.y;
  }
  out << "\"><title>" << xml_text(arrow.label) << "</title></path>\n";
}

bool leaves_at_the_side(const Place& place, const Point& corner) {
  return corner.x == place.corner.x || corner.x == place.corner.x + place.width;
}

void write_panel(std::ostream& out, const Panel& panel, const Layout& layout) {
  for (size_t i = 0; i < panel.arrows.size(); ++i) {
    const Arrow& arrow = panel.arrows[i];
    write_arrow(out, arrow, layout.arrows[i],
                leaves_at_the_side(layout.boxes[arrow.from], layout.arrows[i].front()));
  }
  for (size_t i = 0; i < panel.boxes.size(); ++i) {
    write_box(out, panel.boxes[i], layout.boxes[i]);
  }
}

// All panels, one below the other; adds up what room they take.
std::string panels_text(const Picture& picture, Size& size) {
  std::ostringstream out;
  out.precision(1);
  out << std::fixed;
  for (size_t i = 0; i < picture.panels.size(); ++i) {
    const Panel& panel = picture.panels[i];
    const Layout layout = layout_of(panel);
    const std::string& title = i == 0 ? picture.title : panel.title;
    const double title_width = static_cast<double>(title.size()) * kCharacterWidth * 1.3 + 40;
    size.width = std::max({size.width, layout.width, title_width});
    out << "<text class=\"title\" x=\"20\" y=\"" << size.height + 22 << "\">" << xml_text(title)
        << "</text>\n<g transform=\"translate(0," << size.height + kTitleHeight << ")\">\n";
    write_panel(out, panel, layout);
    out << "</g>\n";
    size.height += layout.height + kTitleHeight;
  }
  return out.str();
}

std::string size_text(const Size& size) {
  std::ostringstream out;
  out.precision(1);
  out << std::fixed << "width=\"" << size.width << "\" height=\"" << size.height
      << "\" viewBox=\"0 0 " << size.width << " " << size.height << "\"";
  return out.str();
}

}  // namespace

const std::string_view kArrowHead =
    R"(<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0,0 L8,4 L0,8 z"/></marker>)";

std::string svg_text(const Picture& picture) {
  Size size;
  const std::string panels = panels_text(picture, size);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" " + size_text(size) + ">\n<title>" +
         xml_text(picture.title) + "</title>\n" + kStyle + "<defs>" + std::string(kArrowHead) +
         "</defs>\n" + panels + "</svg>\n";
}

std::string inline_svg_text(const Picture& picture) {
  Size size;
  const std::string panels = panels_text(picture, size);
  return "<svg class=\"graph\" role=\"img\" aria-label=\"" + xml_text(picture.title) + "\" " +
         size_text(size) + ">\n" + panels + "</svg>\n";
}

}  // namespace twingrad
