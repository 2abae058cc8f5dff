#include "parity/targets.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "autodiff/gradient_nodes.h"
#include "importers/input_file.h"
#include "importers/model_file.h"
#include "importers/sha256.h"
#include "ir/error.h"
#include "ir/precision.h"
#include "parity/other_points.h"
#include "parity/test_folder.h"
#include "training/draws.h"
#include "training/mode.h"

namespace twingrad {
namespace {

namespace fs = std::filesystem;

Expectation expectation_of(const Bundle& bundle, const ReferenceCase& reference) {
  Expectation expected;
  expected.source = bundle.framework + " " + bundle.framework_version;
  expected.outputs = named_data(reference.outputs);
  expected.gradients = {reference.gradients.begin(), reference.gradients.end()};
  expected.second_order = named_data(reference.second_order);
  expected.third_order = named_data(reference.third_order);
  expected.rtol = reference.rtol;
  expected.atol = reference.atol;
  expected.null_is_zero = bundle.framework == "jax";
  expected.nan_equal = std::ranges::find(reference.tags, "nonfinite") != reference.tags.end();
  return expected;
}

// Bundles of ONNX's own evaluator name "onnx", which is what `spec` is about.
std::string conventions_of(const Bundle& bundle, const TargetOptions& options) {
  if (!options.conventions.empty()) return options.conventions;
  return bundle.conventions == "onnx" ? "spec" : bundle.conventions;
}

// What nodes of ONNX's Gradient stand for is part of what is checked.
Graph without_gradient_nodes(const Graph& graph, const std::string& conventions) {
  if (!has_gradient_nodes(graph)) return graph;
  return with_gradients_written_out(graph, convention_by_name(conventions));
}

// The case's graph, and what goes in, in the mode and the precision that the options ask for.
void prepare(ParityCase& item, const TargetOptions& options) {
  if (options.training) item.graph = with_mode(item.graph, *options.training);
  if (!options.precision) return;
  item.precision = options.precision;
  item.graph = with_precision(item.graph, *options.precision);
  for (NamedData* data :
       {&item.question.inputs, &item.question.cotangents, &item.question.directions}) {
    *data = with_precision(*data, *options.precision);
  }
}

ParityCase case_of(const Bundle& bundle, const ReferenceCase& reference, const Graph& graph,
                   const TargetOptions& options) {
  ParityCase item;
  item.name = reference.name;
  item.model = reference.model;
  item.model_sha256 = reference.model_sha256;
  item.conventions = conventions_of(bundle, options);
  std::vector<std::string> draws;
  for (const auto& [name, mask] : reference.draws) draws.push_back(name);
  DrawnGraph drawn = with_draws(without_gradient_nodes(graph, item.conventions), draws);
  item.graph = std::move(drawn.graph);
  item.draw_inputs = std::move(drawn.inputs);
  item.question.inputs = named_data(reference.inputs);
  for (const auto& [name, mask] : reference.draws) {
    item.question.inputs[item.draw_inputs.at(name)] = mask;
  }
  for (const auto& [name, value] : reference.outputs) item.question.outputs.push_back(name);
  for (const auto& [name, value] : reference.gradients) item.question.gradients.push_back(name);
  item.question.cotangents = named_data(reference.cotangents);
  item.question.directions = named_data(reference.directions);
  item.question.order = !reference.third_order.empty()    ? 3
                        : !reference.second_order.empty() ? 2
                                                          : 1;
  item.question.convention = convention_by_name(item.conventions);
  item.question.straight_through = options.straight_through;
  item.expected = expectation_of(bundle, reference);
  item.training_run = reference.training_run;
  item.tags = reference.tags;
  if (!reference.other_outputs.empty()) item.unsupported = "outputs that are no tensors";
  prepare(item, options);
  return item;
}

class Visitor {
 public:
  Visitor(const TargetOptions& options, const std::function<void(TargetCase)>& visit)
      : options_(options), visit_(visit) {}

  void bundle(const fs::path& folder);
  void model(const fs::path& file);
  void test_folder(const fs::path& folder);
  void folder(const fs::path& folder);
  bool found() const { return found_; }

 private:
  // Runs `make`, and visits its case or its error.
  void attempt(const std::string& target, const std::string& name,
               const std::function<ParityCase()>& make);

  const TargetOptions& options_;
  const std::function<void(TargetCase)>& visit_;
  bool found_ = false;
};

void Visitor::bundle(const fs::path& folder) {
  std::optional<Bundle> bundle;
  try {
    bundle = read_bundle(folder.string());
  } catch (const Error& error) {
    found_ = true;
    visit_({folder.string(), "manifest.json", std::nullopt, error.what(),
            error.kind() == Error::Kind::kUnsupported});
    return;
  }
  std::map<std::string, Model> models;
  for (const ReferenceCase& reference : bundle->cases) {
    attempt(folder.string(), reference.name, [&] {
      const auto known = models.find(reference.model);
      const Model& model =
          known != models.end()
              ? known->second
              : models.emplace(reference.model, import_model(reference.model)).first->second;
      return case_of(*bundle, reference, model.graph, options_);
    });
  }
}

// Visits a case, and the same at other points where these are asked for.
void Visitor::attempt(const std::string& target, const std::string& name,
                      const std::function<ParityCase()>& make) {
  found_ = true;
  if (!name_matches(options_.only, target + "/" + name)) return;
  TargetCase result{target, name, std::nullopt, {}};
  try {
    result.item = make();
    result.item->target = target;
    result.item->name = name;
  } catch (const Error& error) {
    result.error = error.what();
    result.is_unsupported = error.kind() == Error::Kind::kUnsupported;
  }
  std::vector<TargetCase> others;
  if (result.item && result.item->expected) {
    for (uint64_t i = 1; i <= options_.points; ++i) {
      ParityCase other = at_other_point(*result.item, options_.seed + i);
      others.push_back({target, other.name, std::move(other), {}});
    }
  }
  visit_(std::move(result));
  for (TargetCase& other : others) visit_(std::move(other));
}

void set_model(ParityCase& item, const fs::path& file) {
  item.model = file.string();
  item.model_sha256 = sha256(open_file(item.model));
}

// A model alone: inputs are given or drawn, cotangents drawn, and the gradients of all inputs and
// parameters asked for.
ParityCase case_of_model(const fs::path& file, const TargetOptions& options) {
  ParityCase item;
  item.conventions = options.conventions.empty() ? "spec" : options.conventions;
  item.graph = without_gradient_nodes(import_model(file.string()).graph, item.conventions);
  set_model(item, file);
  prepare(item, options);
  item.question.convention = convention_by_name(item.conventions);
  item.question.straight_through = options.straight_through;
  item.question.inputs = model_inputs(item.graph, options.inputs(item.graph));
  item.question.seed = options.seed;
  for (const ValueId id : item.graph.outputs()) {
    item.question.outputs.push_back(item.graph.value(id).name);
  }
  item.question.gradients = differentiable_names(item.graph);
  return item;
}

void Visitor::model(const fs::path& file) {
  attempt(file.string(), file.filename().string(), [&] { return case_of_model(file, options_); });
}

void Visitor::test_folder(const fs::path& folder) {
  for (const fs::path& data : test_data_sets(folder)) {
    attempt(folder.string(), data.filename().string(), [&] {
      ParityCase item;
      item.conventions = options_.conventions.empty() ? "spec" : options_.conventions;
      item.graph = without_gradient_nodes(import_model((folder / "model.onnx").string()).graph,
                                          item.conventions);
      set_model(item, folder / "model.onnx");
      item.question.convention = convention_by_name(item.conventions);
      item.question.straight_through = options_.straight_through;
      item.question.inputs = test_data_inputs(data.string(), item.graph);
      Expectation expected;
      expected.source = data.filename().string();
      expected.outputs = test_data_outputs(data.string(), item.graph);
      const TestTolerance tolerance = test_tolerance(folder);
      expected.rtol = tolerance.rtol;
      expected.atol = tolerance.atol;
      expected.bfloat16_rtol = tolerance.bfloat16_rtol;
      expected.nan_equal = true;
      for (const auto& [name, value] : expected.outputs) item.question.outputs.push_back(name);
      item.expected = std::move(expected);
      item.question.gradients = differentiable_names(item.graph);
      prepare(item, options_);
      return item;
    });
  }
}

void Visitor::folder(const fs::path& folder) {
  if (fs::exists(folder / "manifest.json")) return bundle(folder);
  if (fs::exists(folder / "model.onnx") && !test_data_sets(folder).empty()) {
    return test_folder(folder);
  }
  std::vector<fs::path> below;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) below.push_back(entry.path());
  }
  std::ranges::sort(below);
  for (const fs::path& path : below) this->folder(path);
}

}  // namespace

bool name_matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return true;
  if (pattern.find('*') == std::string_view::npos) {
    return text.find(pattern) != std::string_view::npos;
  }
  size_t at = 0;
  bool anchored = true;
  while (!pattern.empty()) {
    const size_t star = std::min(pattern.find('*'), pattern.size());
    const std::string_view part = pattern.substr(0, star);
    const size_t found = text.find(part, at);
    if (found == std::string_view::npos || (anchored && found != at)) return false;
    at = found + part.size();
    anchored = false;
    if (star == pattern.size()) return at == text.size() || part.empty();
    pattern.remove_prefix(star + 1);
  }
  return true;
}

void for_each_case(const std::string& target, const TargetOptions& options,
                   const std::function<void(TargetCase)>& visit) {
  std::string path = target;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  check(fs::exists(path), quoted_name(target), ": no such file or folder");
  Visitor visitor(options, visit);
  if (fs::is_directory(path)) {
    visitor.folder(path);
    check(visitor.found(), quoted_name(target),
          ": holds no bundle (manifest.json) and no ONNX test (model.onnx and test_data_set_0)");
  } else {
    visitor.model(path);
  }
}

}  // namespace twingrad
