#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "importers/expect_error.h"

namespace twingrad {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// `value` in `size` bytes, the lowest first.
inline std::string little_endian(uint64_t value, int size) {
  std::string text;
  for (int i = 0; i < size; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

// The text with other bytes at `offset`.
inline std::string patched(std::string text, size_t offset, std::string_view bytes) {
  std::ranges::copy(bytes, text.begin() + static_cast<std::ptrdiff_t>(offset));
  return text;
}

// Every truncation of a good file is an Error; every flipped bit is an Error or a result.
template <typename Parse>
void expect_damage_is_survived(const std::string& good, Parse parse) {
  EXPECT_NO_THROW(parse(good));
  for (size_t length = 0; length < good.size(); ++length) {
    expect_error([&] { parse(good.substr(0, length)); }, "");
  }
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string damaged = good;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      parse(damaged);
    } catch (const Error& error) {
      EXPECT_STRNE(error.what(), "");
    }
  }
}

}  // namespace twingrad
