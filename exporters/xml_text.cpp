#include "exporters/xml_text.h"

namespace twingrad {

std::string xml_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result += byte < 0x20 || byte == 0x7f ? '?' : c;
    }
  }
  return result;
}

}  // namespace twingrad
