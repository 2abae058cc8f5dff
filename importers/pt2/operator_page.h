#pragma once

#include <string>

namespace twingrad {

// docs/pt2.md: what is read of PyTorch's exported programs, and every operator.
std::string pt2_page();

}  // namespace twingrad
