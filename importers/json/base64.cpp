#include "importers/json/base64.h"

#include <cstdint>

#include "ir/error.h"

namespace twingrad {
namespace {

uint32_t digit(std::string_view text, size_t at) {
  const char c = text[at];
  if (c >= 'A' && c <= 'Z') return static_cast<uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0' + 52);
  if (c == '+') return 62;
  if (c == '/') return 63;
  fail("base64: ", quoted_name(text.substr(at, 1)), " at character ", at, " is no digit");
}

}  // namespace

std::vector<std::byte> decode_base64(std::string_view text) {
  check(text.size() % 4 == 0, "base64: ", text.size(), " characters, expected a multiple of 4");
  size_t padding = 0;
  if (text.ends_with("=")) padding = text.ends_with("==") ? 2 : 1;
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t at = 0; at < text.size(); at += 4) {
    const size_t missing = at + 4 == text.size() ? padding : 0;
    uint32_t group = 0;
    for (size_t i = 0; i < 4; ++i) {
      group = group << 6 | (i < 4 - missing ? digit(text, at + i) : 0);
    }
    for (size_t i = 0; i < 3 - missing; ++i) {
      bytes.push_back(static_cast<std::byte>(group >> (16 - 8 * i) & 0xff));
    }
    const uint32_t unused = group & ((uint32_t{1} << 8 * missing) - 1);
    check(unused == 0, "base64: the last digit has bits that are not used");
  }
  return bytes;
}

}  // namespace twingrad
