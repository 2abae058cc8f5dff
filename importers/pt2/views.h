#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "importers/pt2/call.h"

namespace twingrad {

// PyTorch's views share the memory of their base: what is written into one is seen through the
// other. Values here share nothing, so a write into a view is put back into its base, and views
// that are older than a write are made again when they are read.
struct ViewOrigin {
  std::string base;
  JsonView node;
  size_t result = 0;   // which result of the node
  size_t version = 0;  // of the base, when the view was made
  size_t depth = 1;    // views from here down to what is none
};

// Whether results of the operator share memory with its argument `self`.
bool makes_view(std::string_view target);

// The base with `written` in the place of the view that `call` (of the operator `target`) made of
// it. Throws Error (unsupported) for views that cannot be put back.
Expr put_back(std::string_view target, const AtenCall& call, Expr base, Expr written);

}  // namespace twingrad
