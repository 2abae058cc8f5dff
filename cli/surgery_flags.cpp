#include "cli/surgery_flags.h"

#include <array>
#include <filesystem>

#include "cli/nearest_name.h"
#include "ir/error.h"
#include "surgery/cut.h"

namespace twingrad {
namespace {

std::vector<std::string> names_of_values(const Graph& graph) {
  std::vector<std::string> names;
  for (const Value& value : graph.values()) names.push_back(value.name);
  return names;
}

ValueId known_value(const Graph& graph, const std::string& name, std::string_view flag) {
  const auto found = graph.find(name);
  if (found) return *found;
  const std::string nearest = nearest_name(name, names_of_values(graph));
  std::string hint;
  if (!nearest.empty()) hint = ", did you mean " + quoted_name(nearest) + "?";
  if (std::filesystem::exists(name)) hint = "; files of values are given with --input-values";
  fail(flag, ": the model has no value ", quoted_name(name), hint);
}

// The values that "a,b" names, in each of the texts; a name with a comma in it is one.
std::vector<ValueId> listed_values(const Graph& graph, const std::vector<std::string>& texts,
                                   std::string_view flag) {
  std::vector<ValueId> ids;
  for (const std::string& text : texts) {
    if (const auto whole = graph.find(text)) {
      ids.push_back(*whole);
      continue;
    }
    for (size_t begin = 0; begin <= text.size();) {
      const size_t comma = std::min(text.find(',', begin), text.size());
      ids.push_back(known_value(graph, text.substr(begin, comma - begin), flag));
      begin = comma + 1;
    }
  }
  return ids;
}

void cut_graph(Model& model, const SurgeryFlags& flags) {
  const std::vector<ValueId> inputs = listed_values(model.graph, flags.inputs, "--inputs");
  const std::vector<ValueId> outputs = listed_values(model.graph, flags.outputs, "--outputs");
  if (!inputs.empty() || !outputs.empty()) model.graph = cut(model.graph, inputs, outputs);
}

// In this order: names are those that the model has before any of it.
constexpr std::array<void (*)(Model& model, const SurgeryFlags& flags), 1> kOperations = {
    cut_graph,
};

}  // namespace

void declare_surgery(FlagSet& app, SurgeryFlags& flags, ModelOptions& options) {
  app.remove("--inputs");
  app.add_option("--input-values", options.inputs,
                 ".npz, .safetensors, NAME=FILE.npy, or a test_data_set folder, to verify with; "
                 "the rest is drawn")
      .type_name("PATH");
  app.add_option("--inputs", flags.inputs,
                 "these values become the inputs, and what was before them goes")
      .type_name("NAME,...");
  app.add_option("--outputs", flags.outputs,
                 "the model ends at these values, and what they do not need goes")
      .type_name("NAME,...");
}

void operate(Model& model, const SurgeryFlags& flags) {
  for (const auto operation : kOperations) operation(model, flags);
}

}  // namespace twingrad
