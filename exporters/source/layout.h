#pragma once

#include <string>
#include <string_view>

namespace twingrad {

// The widest line of generated code.
inline constexpr size_t kSourceColumns = 88;

// One logical line of Python (a statement without its line break, or the head of a definition) as
// the formatter Black leaves it: on one line where it fits, else broken at the last brackets, their
// content on a line of its own, else an element a line with a trailing comma.
std::string laid_out(std::string_view statement, size_t indent);

}  // namespace twingrad
