#pragma once

#include <string>
#include <vector>

namespace twingrad {

// An assumption about what the reference did differently, under which tensors that failed pass.
struct Explanation {
  std::string cause;                 // one word of the table of hypotheses: "convention"
  std::string sentence;              // "matches if the convention is torch"
  std::vector<std::string> tensors;  // that pass then
};

}  // namespace twingrad
