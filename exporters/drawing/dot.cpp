#include <sstream>

#include "exporters/drawing/drawing.h"
#include "ir/utf8.h"

namespace twingrad {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const std::string_view character : characters(text)) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (first == '"' || first == '\\') result += '\\';
    result += first < 0x20 || first == 0x7f ? "?" : character;
  }
  return result + "\"";
}

const char* fill_of(Box::Kind kind) {
  switch (kind) {
    case Box::Kind::kInput:
      return "#ddf4ff";
    case Box::Kind::kOutput:
      return "#dafbe1";
    case Box::Kind::kForward:
      return "#f6f8fa";
    case Box::Kind::kBackward:
      return "#fff1e5";
  }
  return "";
}

void write_box(std::ostream& out, const std::string& id, const Box& box) {
  std::string label = quoted(box.title);
  label.pop_back();
  for (const std::string& line : box.lines) {
    const std::string inside = quoted(line);
    label += "\\n" + inside.substr(1, inside.size() - 2);
  }
  out << "    " << id << " [label=" << label << "\", fillcolor=\"" << fill_of(box.kind) << "\"];\n";
}

}  // namespace

std::string dot_text(const Picture& picture) {
  std::ostringstream out;
  out << "digraph " << quoted(picture.title) << " {\n"
      << "  node [shape=box, style=\"rounded,filled\", fontname=\"monospace\", fontsize=10];\n";
  for (size_t p = 0; p < picture.panels.size(); ++p) {
    const Panel& panel = picture.panels[p];
    const std::string prefix = "g" + std::to_string(p) + "_";
    out << "  subgraph " << (p == 0 ? "model" : "cluster_" + std::to_string(p)) << " {\n";
    if (p > 0) out << "    label=" << quoted(panel.title) << ";\n";
    for (size_t i = 0; i < panel.boxes.size(); ++i) {
      write_box(out, prefix + std::to_string(i), panel.boxes[i]);
    }
    for (const Arrow& arrow : panel.arrows) {
      out << "    " << prefix << arrow.from << " -> " << prefix << arrow.to
          << " [tooltip=" << quoted(arrow.label) << "];\n";
    }
    out << "  }\n";
  }
  out << "}\n";
  return out.str();
}

}  // namespace twingrad
