#include "cli/surgery_flags.h"

#include <array>
#include <filesystem>

#include "cli/nearest_name.h"
#include "cli/rename_flag.h"
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

void rename(Model& model, const SurgeryFlags& flags) {
  if (flags.renames.empty()) return;
  try {
    std::vector<Rename> renames;
    for (const std::string& text : flags.renames) {
      renames.push_back(parse_rename(text, model.graph));
    }
    model.graph = renamed(model.graph, renames);
  } catch (const Error& error) {
    throw error.at("--rename");
  }
}

// In this order: names are those that the model has before any of it.
constexpr std::array<void (*)(Model& model, const SurgeryFlags& flags), 2> kOperations = {
    cut_graph,
    rename,
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
  app.add_option("--rename", flags.renames,
                 "OLD=NEW, of values, parameters and nodes; or /PATTERN/REPLACEMENT/ in all names")
      .type_name("OLD=NEW");
}

void operate(Model& model, const SurgeryFlags& flags) {
  for (const auto operation : kOperations) operation(model, flags);
}

}  // namespace twingrad
