#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// A function of a model: a body that a node applies under the function's name. Types inside of the
// body are those of each call, so here they are unknown; attributes may be references to the
// call's.
struct Function {
  std::string domain;
  std::string name;
  std::string overload;
  std::string doc_string;
  Metadata metadata;
  std::vector<std::string> required_attributes;
  Attributes default_attributes;
  std::vector<std::pair<std::string, int64_t>> opset_imports;
  Graph body;
};

// How a model is trained, ONNX's TrainingInfoProto: a step that may be executed again and again on
// tensors that keep their values in between, and what these are before the first.
struct TrainingInfo {
  // The tensor is an initializer of the model or of the algorithm; the other number is an output's.
  struct Binding {
    std::string tensor;
    size_t output;
  };
  Graph algorithm;  // its captures are values of the model's graph, under these names
  std::vector<Binding> updates;
  Graph initialization;  // has no inputs
  std::vector<Binding> initial;
};

// A model as a file holds it.
struct Model {
  Graph graph;
  std::shared_ptr<const TrainingInfo> training_info;       // null: the file says nothing about it
  std::vector<std::shared_ptr<const Function>> functions;  // callees before callers
  int64_t ir_version = 0;
  std::vector<std::pair<std::string, int64_t>> opset_imports;  // of the file; the graph is upgraded
  std::string producer_name;
  std::string producer_version;
  std::string domain;
  int64_t model_version = 0;
  std::string doc_string;
  Metadata metadata;
  std::vector<std::string> warnings;  // what its reader found to be wrong and could do without
};

}  // namespace twingrad
