#pragma once

#include <set>
#include <string>

#include "exporters/source/blocks.h"
#include "exporters/source/graph_facts.h"
#include "exporters/source/python_file.h"

namespace twingrad {

// Attributes of the classes that keras.Model has itself end in an underscore.
class KerasNames {
 public:
  // Renames them in the program. Throws Error (unsupported) where the other name is taken too.
  explicit KerasNames(FoldedProgram& folded);

  // "RENAMED = (...)", if there are any.
  void add_to(PythonFile& file) const;
  bool empty() const { return renamed_.empty(); }

 private:
  void rename(SourceProgram& program);

  std::set<std::string> renamed_;
};

// The functions that find the variable of a weight of the model, and read all of them from a file.
void add_keras_loader(PythonFile& file, const GraphFacts& facts, const KerasNames& names,
                      bool has_weight_names);

}  // namespace twingrad
