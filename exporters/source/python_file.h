#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporters/source/graph_facts.h"
#include "exporters/source/layout.h"
#include "exporters/source/program.h"
#include "exporters/source/variable_names.h"
#include "ir/named_tensor.h"

namespace twingrad {

// The text of a file of Python, line by line.
class PythonFile {
 public:
  // A statement, laid out; `depth` in blocks.
  void add(int depth, std::string_view statement);
  // Text that is laid out already, and ends in a line break.
  void add_text(std::string_view text) { text_ += text; }
  // The text of a function or class, behind the two lines that set it apart.
  void add_function(std::string_view text) {
    blank(2);
    add_text(text);
  }
  void blank(int count = 1) { text_.append(static_cast<size_t>(count), '\n'); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// A method of a class: "def NAME(self, INPUTS... MORE):" and its lines.
void add_method(PythonFile& file, const std::string& name, NamedLines lines,
                const std::string& more = {});

// "INPUTS = ("x",)" and "OUTPUTS = (...)": the names in the model, in order; "DRAWS = (...)" for
// what Dropouts return.
void add_interface(PythonFile& file, const Graph& graph, const std::vector<ValueId>& draws,
                   const std::vector<ValueId>& turned_draws = {});
// The inputs that a caller gives: those without data.
std::vector<ValueId> given_inputs(const Graph& graph);

// A model's tensors under their names, and for those whose member is called otherwise "NAME":
// "PATH".
struct StoredWeights {
  std::vector<NamedTensor> tensors;
  std::vector<std::pair<std::string, std::string>> renamed;
};
StoredWeights stored_weights(const SourceProgram& root, const GraphFacts& facts);
// "WEIGHT_NAMES = {...}", if anything was renamed.
void add_renamed(PythonFile& file, const StoredWeights& weights);

// What does not train (statistics, buffers, constants): a tuple of the last parts of their paths;
// of whole paths, where some parameter's path ends alike.
struct ConstantNames {
  Code names;
  bool are_paths = false;

  bool empty() const { return names.text == "()"; }
  // "by the last parts of the names"
  std::string_view described() const;
};
ConstantNames constant_names(const SourceProgram& root);
// The lines that cut the path of a tensor, an expression, into `folders` and `leaf`; and the name
// of what stands in the tuple.
std::string add_path_parts(PythonFile& file, const std::string& path,
                           const ConstantNames& constants);

}  // namespace twingrad
