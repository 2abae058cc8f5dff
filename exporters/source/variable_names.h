#pragma once

#include <map>
#include <set>
#include <string>

#include "exporters/source/program.h"

namespace twingrad {

// The lines of a function with names for its variables. A name that somebody gave to a value stays;
// others are x, y, z, ..., each free again where its value is not read any more.
struct NamedLines {
  std::vector<std::string> inputs;
  std::vector<std::string> statements;  // "x = F.relu(x)"
  std::string result;                   // "x" or "x, y"
};

// `member`: how the function reaches a member. `keeps_names`: whether names of the model are used
// (a body that stands for many parts of the model uses none).
NamedLines named_lines(const SourceProgram& program, const std::vector<ValueId>& inputs,
                       const std::function<std::string(size_t)>& member, bool keeps_names,
                       const std::set<std::string>& taken);

// A last line that only gives the result a name needs none: its code is the result.
void fold_result(NamedLines& lines);

}  // namespace twingrad
