#pragma once

#include <string_view>
#include <vector>

namespace twingrad {

// Whether the text is well-formed UTF-8 (Unicode, table 3-7): no overlong forms, no surrogates,
// nothing above U+10FFFF. Names that come from a file must be, or no report could repeat them.
bool is_utf8(std::string_view text);

// The characters of a text, one after the other; every byte that is no part of one is "?".
std::vector<std::string_view> characters(std::string_view text);

}  // namespace twingrad
