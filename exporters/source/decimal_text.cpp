#include "exporters/source/decimal_text.h"

#include <array>
#include <charconv>

namespace twingrad {

double decimal_value(float value) {
  std::array<char, 64> text = {};
  const char* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  double result = static_cast<double>(value);
  std::from_chars(text.data(), end, result);
  return result;
}

}  // namespace twingrad
