#pragma once

#include <string_view>

namespace twingrad {

// page.css and page.js beside this header, which the build puts into the program.
extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;

}  // namespace twingrad
