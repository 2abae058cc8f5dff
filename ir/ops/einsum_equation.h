#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace twingrad {

// A letter, or an axis of the ellipsis: these are numbered below 0, the last axis is -1.
using EinsumLabel = int;
inline bool is_ellipsis(EinsumLabel label) {
  return label < 0;
}

// Einstein's sum as NumPy writes it: "bij,bjk->bik", "...ii". Without an arrow the result has the
// ellipsis and the letters that occur once, in alphabetical order.
struct EinsumEquation {
  std::vector<std::vector<EinsumLabel>> operands;  // one label an axis
  std::vector<EinsumLabel> result;

  // Throws Error where the equation is malformed or does not fit operands of these ranks.
  EinsumEquation(std::string_view text, std::span<const int64_t> ranks);
};

}  // namespace twingrad
