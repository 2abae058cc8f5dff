#include "exporters/xml_text.h"

#include "ir/utf8.h"

namespace twingrad {

std::string xml_text(std::string_view text) {
  constexpr std::string_view kForbidden[] = {"\xef\xbf\xbe", "\xef\xbf\xbf"};  // U+FFFE, U+FFFF
  std::string result;
  for (const std::string_view character : characters(text)) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character == "&") {
      result += "&amp;";
    } else if (character == "<") {
      result += "&lt;";
    } else if (character == ">") {
      result += "&gt;";
    } else if (character == "\"") {
      result += "&quot;";
    } else if (first < 0x20 || first == 0x7f || character == kForbidden[0] ||
               character == kForbidden[1]) {
      result += '?';
    } else {
      result += character;
    }
  }
  return result;
}

}  // namespace twingrad
