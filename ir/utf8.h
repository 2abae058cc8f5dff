#pragma once

#include <string_view>

namespace twingrad {

// Whether the text is well-formed UTF-8 (Unicode, table 3-7): no overlong forms, no surrogates,
// nothing above U+10FFFF. Names that come from a file must be, or no report could repeat them.
bool is_utf8(std::string_view text);

}  // namespace twingrad
