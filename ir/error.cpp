#include "ir/error.h"

#include <algorithm>

namespace twingrad {

std::string quoted_name(std::string_view name) {
  constexpr size_t kLongest = 120;
  constexpr std::string_view kHex = "0123456789abcdef";
  size_t shown = std::min(name.size(), kLongest);
  const auto inside_character = [&] {
    return shown > 0 && shown < name.size() && (static_cast<unsigned char>(name[shown]) >> 6) == 2;
  };
  while (inside_character()) --shown;
  std::string text = "'";
  for (const char c : name.substr(0, shown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      text += c;
    }
  }
  return text + (name.size() > shown ? "...'" : "'");
}

}  // namespace twingrad
