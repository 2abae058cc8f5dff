#pragma once

#include <string_view>

#include "ir/type.h"

namespace twingrad {

// The type that a text says: "float[batch,784]", "int64[]" (a scalar), "double[2,?]", "float[...]"
// or "float" (not even the rank is known), "sparse float[3]", "seq(float[?])", "optional(...)",
// "map(int64,float[])", "?" (nothing is known). Names of extents that are not made of letters,
// digits and underscores stand in single quotes: "float['2 * n']". "float32" and "float64" are
// "float" and "double". Throws Error, naming the text and the place in it.
Type parse_type(std::string_view text);

}  // namespace twingrad
