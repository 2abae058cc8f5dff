#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parity/tensor_tolerance.h"

namespace twingrad {

// A line of a tolerance file, docs/tolerance.md: one tensor of one case.
struct ToleranceEntry {
  std::string item;  // "TARGET/NAME" of the case, as `calibrate` was told the target
  std::string kind;
  std::string name;
  TensorTolerance tolerance;
};

// Whether an entry's case is this one: equal, or one ends with the other behind a '/', so that a
// file serves whoever stands in another folder.
bool is_same_case(std::string_view entry, std::string_view item);

// Sorted by case, kind and name, a line a tensor, numbers of two digits, rounded up.
std::string tolerance_file_text(std::vector<ToleranceEntry> entries);

// Throws Error, naming the file and the JSON path, for what does not fit the format, unknown keys,
// and a tensor that has two lines.
std::vector<ToleranceEntry> read_tolerance_file(const std::string& path);

}  // namespace twingrad
