#pragma once

#include <string_view>

namespace twingrad {

// Whether an operator makes a list of zeros whose items get their shape from what is put in.
bool makes_open_list(std::string_view op);

}  // namespace twingrad
