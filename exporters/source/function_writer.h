#pragma once

#include <map>
#include <set>
#include <string>

#include "exporters/source/blocks.h"
#include "exporters/source/member_tree.h"
#include "exporters/source/python_file.h"

namespace twingrad {

// How the functions of a framework are given what they need.
struct FunctionStyle {
  std::string_view train;       // "train": the argument that says whether the model trains
  bool has_state = false;       // statistics and constants are a tree of their own, "state"
  bool has_key = false;         // random numbers need a "key"
  std::set<std::string> taken;  // names that are no variables
};

// What a function is given beside its parameters and inputs.
struct FunctionNeeds {
  bool state = false;  // statistics and constants
  bool train = false;
  bool key = false;  // of random numbers
};

// Functions that were written, by their names.
using WrittenFunctions = std::map<std::string, FunctionNeeds>;

// Writes the function of a block of lines and adds it to the others.
void write_block_function(PythonFile& file, const FunctionStyle& style, const BlockClass& block,
                          WrittenFunctions& functions);
// The names of the inputs of the whole model, its lines (at a depth of blocks) and its results.
struct ModelFunction {
  std::string inputs;   // ", x, y"
  std::string results;  // "(y, z)"
  std::string body;
  FunctionNeeds needs;
};
ModelFunction model_function(const FunctionStyle& style, SourceProgram program,
                             const std::vector<ValueId>& inputs, const WrittenFunctions& functions,
                             int depth);
// "Layer" as the name of a function: "layer".
std::string function_name(std::string_view class_name);

}  // namespace twingrad
