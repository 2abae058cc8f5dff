#include "cli/surgery_flags.h"

#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <iostream>

#include "cli/folding.h"
#include "cli/nearest_name.h"
#include "cli/rename_flag.h"
#include "ir/error.h"
#include "parity/conversion.h"
#include "parity/retyping_cost.h"
#include "surgery/batch.h"
#include "surgery/cut.h"
#include "surgery/element_type.h"

namespace twingrad {
namespace {

std::vector<std::string> names_of_values(const Graph& graph) {
  std::vector<std::string> names;
  for (const Value& value : graph.values()) names.push_back(value.name);
  return names;
}

int64_t parse_extent(const std::string& text) {
  int64_t extent = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), extent);
  check(status == std::errc() && end == text.data() + text.size() && extent > 0,
        "expected a number above 0 or a name, found ", quoted_name(text));
  return extent;
}

ValueId known_value(const Graph& graph, const std::string& name, std::string_view flag) {
  const auto found = graph.find(name);
  if (found) return *found;
  std::string hint = nearest_hint(name, names_of_values(graph));
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

// What most runtimes have; bfloat16 came to many operators with it.
constexpr int64_t kUsualOpset = 22;

// What the steps work on.
struct Surgery {
  Model& model;
  const SurgeryFlags& flags;
  ModelOptions& options;
  bool verify;
  int64_t newest_opset;
  bool holds = true;  // what was compared on the way
};

void note_remaining_inputs(const Graph& graph, size_t listed) {
  for (size_t i = listed; i < graph.inputs().size(); ++i) {
    std::cerr << "note: input " << quoted_name(graph.value(graph.inputs()[i]).name)
              << " is needed beside those of --inputs and stays\n";
  }
}

void cut_graph(Surgery& surgery) {
  Graph& graph = surgery.model.graph;
  const std::vector<ValueId> inputs = listed_values(graph, surgery.flags.inputs, "--inputs");
  const std::vector<ValueId> outputs = listed_values(graph, surgery.flags.outputs, "--outputs");
  if (inputs.empty() && outputs.empty()) return;
  graph = cut(graph, inputs, outputs);
  if (!inputs.empty()) note_remaining_inputs(graph, inputs.size());
}

// "8" is a number, "batch" is a name.
void set_batch(Surgery& surgery) {
  const std::string& text = surgery.flags.batch;
  if (text.empty()) return;
  Graph& graph = surgery.model.graph;
  const bool is_name = std::isalpha(static_cast<unsigned char>(text[0])) != 0 || text[0] == '_';
  if (!is_name) {
    graph = with_fixed_batch(graph, parse_extent(text));
    return;
  }
  OpenBatch open = with_open_batch(graph, text);
  graph = std::move(open.graph);
  for (const std::string& change : open.changes) std::cout << "--batch: " << change << "\n";
}

void rename_values(Surgery& surgery) {
  if (surgery.flags.renames.empty()) return;
  Graph& graph = surgery.model.graph;
  std::vector<Rename> renames;
  for (const std::string& text : surgery.flags.renames) {
    renames.push_back(parse_rename(text, graph));
  }
  graph = renamed(graph, renames);
}

void fold_graph(Surgery& surgery) {
  if (!surgery.flags.fold) return;
  surgery.holds = fold_and_compare(surgery.model, surgery.options, surgery.verify);
}

// What the type costs; false, and a line on the standard error, where numbers are lost.
bool tell_cost(const Model& model, const Graph& retyped, DataType type,
               const ModelOptions& options) {
  if (tensor_bytes(model) > kLargestRun) return true;
  const auto pool = thread_pool(options);
  const RetypingCost cost =
      retyping_cost(model.graph, retyped, type, input_choices(options, model.graph), *pool);
  if (!cost.not_finite.empty()) {
    std::cerr << "--dtype: " << quoted_name(cost.not_finite) << " is not finite in "
              << data_type_name(type) << "\n";
    return false;
  }
  std::cout << "--dtype: " << text_of(cost) << "\n";
  return true;
}

void set_element_type(Surgery& surgery) {
  const std::string& name = surgery.flags.element_type;
  if (name.empty()) return;
  ModelOptions before = surgery.options;
  surgery.options.precision = name;
  const DataType type = *chosen_precision(surgery.options);
  Retyped retyped = with_element_type(surgery.model.graph, type, surgery.newest_opset);
  if (surgery.verify) surgery.holds = tell_cost(surgery.model, retyped.graph, type, before);
  surgery.model.graph = std::move(retyped.graph);
  for (const auto& [op, count] : retyped.kept) {
    std::cout << "--dtype: " << count << ' ' << op << " in float32 between Casts\n";
  }
  for (const auto& [data, count] : retyped.clipped) {
    std::cerr << "warning: " << count << " elements of " << quoted_name(data) << " are beyond "
              << name << " and became its largest number\n";
  }
}

struct Step {
  std::string_view place;  // for errors
  void (*run)(Surgery& surgery);
};

// In this order: cuts have the names of the model as it was, and what is compared the new ones.
constexpr std::array kSteps = {
    Step{"", cut_graph},        Step{"--batch", set_batch},        Step{"--rename", rename_values},
    Step{"--fold", fold_graph}, Step{"--dtype", set_element_type},
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
  app.add_option("--batch", flags.batch,
                 "a number fixes the leading extents of inputs, a name leaves them open")
      .type_name("N|NAME");
  app.add_flag(
      "--fold", flags.fold,
      "constants are computed and idle nodes go; with --inference, normalization goes into "
      "the convolution before it");
  app.add_option("--dtype", flags.element_type,
                 "float16, bfloat16, float32 or float64: of data, inputs, outputs and what is "
                 "between, as far as operators have it")
      .one_of({"float16", "bfloat16", "float32", "float64"})
      .excludes(app.flag("--precision"));
  app.add_option("--rename", flags.renames,
                 "OLD=NEW, of values, parameters and nodes; or /PATTERN/REPLACEMENT/ in all names")
      .type_name("OLD=NEW");
}

bool operate(Model& model, const SurgeryFlags& flags, ModelOptions& options,
             const Writing& writing) {
  Surgery surgery{model, flags, options, writing.verify,
                  writing.opset > 0 ? writing.opset : kUsualOpset};
  for (const Step& step : kSteps) {
    try {
      step.run(surgery);
    } catch (const Error& error) {
      if (step.place.empty()) throw;
      throw error.at(step.place);
    }
    if (!surgery.holds) return false;
  }
  return true;
}

}  // namespace twingrad
