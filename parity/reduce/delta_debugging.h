#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace twingrad {

// A smallest part of `items` for which `fails` holds, in their order: no single item of it, and no
// group of those tried, can be left out (Zeller and Hildebrandt, "Simplifying and Isolating
// Failure-Inducing Input", 2002, algorithm ddmin). `fails` holds for all items, and is asked about
// less than all. Asks in an order that depends on its answers only.
std::vector<size_t> smallest_failing(std::vector<size_t> items,
                                     const std::function<bool(const std::vector<size_t>&)>& fails);

}  // namespace twingrad
