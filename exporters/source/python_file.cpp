#include "exporters/source/python_file.h"

#include <algorithm>
#include <set>

#include "exporters/source/python_literal.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Code names(const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<Code> items;
  items.reserve(ids.size());
  for (const ValueId id : ids) items.push_back(python_string(graph.value(id).name));
  return tuple_of(items);
}

}  // namespace

void PythonFile::add(int depth, std::string_view statement) {
  text_ += laid_out(statement, 4 * static_cast<size_t>(depth));
}

std::vector<ValueId> given_inputs(const Graph& graph) {
  std::vector<ValueId> ids;
  for (const ValueId id : graph.inputs()) {
    if (!graph.value(id).data) ids.push_back(id);
  }
  return ids;
}

void add_method(PythonFile& file, const std::string& name, NamedLines lines,
                const std::string& more) {
  std::string parameters = "self";
  for (const std::string& input : lines.inputs) parameters += ", " + input;
  file.add(1, "def " + name + "(" + parameters + more + "):");
  fold_result(lines);
  for (const std::string& statement : lines.statements) file.add(2, statement);
  file.add(2, "return " + lines.result);
}

void add_interface(PythonFile& file, const Graph& graph, const std::vector<ValueId>& draws,
                   const std::vector<ValueId>& turned_draws) {
  file.add_text("# The names of the model's inputs and outputs, in their order.\n");
  file.add(0, "INPUTS = " + names(graph, given_inputs(graph)).text);
  file.add(0, "OUTPUTS = " + names(graph, graph.outputs()).text);
  if (draws.empty()) return;
  file.add_text("# What the model calls the results of its dropouts, in their order.\n");
  file.add(0, "DRAWS = " + names(graph, draws).text);
  if (turned_draws.empty()) return;
  file.add_text("# Those of them that have the channels last here.\n");
  file.add(0, "CHANNELS_LAST = " + names(graph, turned_draws).text);
}

StoredWeights stored_weights(const SourceProgram& root, const GraphFacts& facts) {
  StoredWeights weights;
  std::set<std::string> used;
  for (const Member& member : root.members) {
    for (const MemberTensor& tensor : member.tensors) {
      const Value& value = facts.graph().value(tensor.value);
      const std::string path = path_of(member, tensor);
      const bool has_name = value.data && value.kind != Value::Kind::kConstant;
      std::string name = has_name ? value.name : path;
      while (!used.insert(name).second) name += "_";
      if (name != path) weights.renamed.emplace_back(name, path);
      weights.tensors.push_back({std::move(name), *facts.known(tensor.value)});
    }
  }
  return weights;
}

std::string_view ConstantNames::described() const {
  return are_paths ? "by their names" : "by the last parts of the names";
}

ConstantNames constant_names(const SourceProgram& root) {
  std::set<std::string> paths;
  std::set<std::string> leaves;
  std::set<std::string> trained;
  for (const Member& member : root.members) {
    for (const MemberTensor& tensor : member.tensors) {
      const std::string path = path_of(member, tensor);
      const std::string leaf = path.substr(path.rfind('.') + 1);
      if (tensor.trains) {
        trained.insert(leaf);
      } else {
        paths.insert(path);
        leaves.insert(leaf);
      }
    }
  }
  const bool are_paths =
      std::ranges::any_of(leaves, [&](const std::string& leaf) { return trained.contains(leaf); });
  std::vector<Code> names;
  for (const std::string& name : are_paths ? paths : leaves) names.push_back(python_string(name));
  return {tuple_of(names), are_paths};
}

std::string add_path_parts(PythonFile& file, const std::string& path,
                           const ConstantNames& constants) {
  if (constants.are_paths && path != "name") {
    file.add(2, "name = " + path);
    file.add(2, "*folders, leaf = name.split(\".\")");
  } else {
    file.add(2, "*folders, leaf = " + path + ".split(\".\")");
  }
  return constants.are_paths ? "name" : "leaf";
}

void add_renamed(PythonFile& file, const StoredWeights& weights) {
  if (weights.renamed.empty()) return;
  file.add(0, "WEIGHT_NAMES = {");
  for (const auto& [name, path] : weights.renamed) {
    file.add(1, python_string(name).text + ": " + python_string(path).text + ",");
  }
  file.add(0, "}");
}

}  // namespace twingrad
