#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "parity/bundle.h"
#include "parity/legs.h"
#include "parity/model_inputs.h"

namespace twingrad {

// One case, ready to be checked.
struct ParityCase {
  std::string target;  // the path as given
  std::string name;
  std::string model;  // the path of its file
  std::string model_sha256;
  std::string conventions;
  Graph graph;                                     // recorded draws are inputs of it
  std::map<std::string, std::string> draw_inputs;  // the drawn value -> that input
  Question question;                               // its graph pointer is set by whoever asks
  std::optional<Expectation> expected;
  std::optional<TrainingRun> training_run;
  std::vector<std::string> tags;
  std::optional<DataType> precision;  // where it is not that of the recorded values
  std::string unsupported;            // what of the case nothing here can compare
};

struct TargetOptions {
  std::function<InputChoices(const Graph&)> inputs;  // for targets that are models
  uint64_t seed = 0;
  std::string conventions;  // overrides those of bundles; of models: "spec" if empty
  bool straight_through = false;
  std::string only;              // cases whose "target/name" contains this; "*" matches anything
  std::optional<bool> training;  // the mode of Dropout and BatchNormalization
  std::optional<DataType> precision;  // of the graphs and of what goes in
  // Of every recorded case this many more at other points (parity/other_points.h), without what was
  // recorded at its own.
  uint64_t points = 0;
};

// What a target yields: the case, or why it cannot be read.
struct TargetCase {
  std::string target;
  std::string name;
  std::optional<ParityCase> item;
  std::string error;
  bool is_unsupported = false;
};

// Whether a text contains the pattern, in which "*" matches anything; an empty one matches all.
// With a "*" the whole text must match.
bool name_matches(std::string_view pattern, std::string_view text);

// Calls `visit` for every case of a target: a model, a bundle, an ONNX test folder, or a folder
// that holds such at any depth. A folder without any is an Error; so is a target that does not
// exist.
void for_each_case(const std::string& target, const TargetOptions& options,
                   const std::function<void(TargetCase)>& visit);

}  // namespace twingrad
