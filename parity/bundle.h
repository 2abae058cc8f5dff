#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/tensor.h"

namespace twingrad {

// A reference bundle: what another framework computed from a model, as manifest.json,
// tensors.safetensors and the model files of one folder. All maps go from the name of a value of
// the model. Equal tensors share their storage.

using TensorMap = std::map<std::string, Tensor>;
// nullopt: the framework returned no gradient, which is another answer than zero.
using GradientMap = std::map<std::string, std::optional<Tensor>>;

// What safetensors cannot hold. Numbers of a manifest have no element type: they are int64, double
// or bool tensors, as they were written, and are compared by value. A text is a string tensor.
using SequenceItem = std::variant<Tensor, std::map<std::string, Tensor>>;  // the latter: ONNX's map
using OtherOutput = std::variant<Tensor, std::vector<SequenceItem>>;

struct ReferenceLoss {
  // "output": the graph output `name` is the scalar loss. Otherwise "mse", "mae", "huber",
  // "cross_entropy", "bce_with_logits" or "nll" of the output `prediction` and of `target`, an
  // input of the step that the model does not have, with `reduction` "mean" or "sum".
  std::string kind;
  std::string name;
  std::string prediction;
  std::string target;
  std::string reduction;
};

// A setting of an optimizer, under the producer's name for it; monostate is null.
using Setting =
    std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<double>>;

struct ReferenceOptimizer {
  std::string kind;     // "sgd", "adam", ...
  std::string profile;  // whose formula: "torch", "tensorflow", "jax", "onnx"
  std::map<std::string, Setting> settings;
};

struct TrainingStep {
  TensorMap inputs;  // with the loss's target
  TensorMap draws;
  double loss = 0;
  GradientMap gradients;  // empty where not recorded, likewise below
  TensorMap parameters;   // after the step
  TensorMap state;        // likewise: running statistics, and optimizer slots as "PARAMETER/SLOT"
};

struct TrainingRun {
  ReferenceLoss loss;
  ReferenceOptimizer optimizer;
  std::vector<TrainingStep> steps;  // at least one
  TensorMap initial;                // the trained parameters; no others change
  TensorMap final;                  // of the same names
};

struct ReferenceCase {
  std::string name;   // unique in the bundle
  std::string model;  // path of the file, the bundle's folder in front
  std::string model_sha256;
  bool training = false;
  std::vector<std::string> tags;
  TensorMap inputs;  // those of `string_inputs`, too
  TensorMap draws;
  TensorMap outputs;
  std::map<std::string, OtherOutput> other_outputs;
  TensorMap cotangents;  // an output that is absent has a zero cotangent
  GradientMap gradients;
  TensorMap directions;
  TensorMap second_order;
  TensorMap third_order;
  std::optional<double> rtol;
  std::optional<double> atol;
  std::optional<TrainingRun> training_run;
};

struct Bundle {
  std::string folder;
  std::string framework;  // the producer's
  std::string framework_version;
  std::string precision;
  // "torch", "tensorflow", "jax", "onnxruntime", "spec", or a word that is new here: whoever
  // compares decides what he knows.
  std::string conventions;
  std::vector<ReferenceCase> cases;
};

// Reads the bundle in `folder`, version 1 of the format. Keys that the format does not list are
// ignored. Models are not parsed, but their SHA-256 is compared. Throws Error, naming the manifest
// and the JSON path, for whatever is missing, of another type, or out of the folder.
Bundle read_bundle(const std::string& folder);

}  // namespace twingrad
