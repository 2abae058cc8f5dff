#include "exporters/source/keras/loader.h"

#include <algorithm>
#include <array>

#include "exporters/source/python_literal.h"
#include "exporters/source/tensorflow/tensorflow.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// What a keras.Model has of its own, beside what member_paths.cpp never takes.
constexpr auto kReserved = std::to_array<std::string_view>({"activity_regularizer",
                                                            "add_variable",
                                                            "autocast",
                                                            "build_from_config",
                                                            "call_signature_parameters",
                                                            "compile_from_config",
                                                            "compiled",
                                                            "compiled_loss",
                                                            "compiled_metrics",
                                                            "compute_loss",
                                                            "compute_mask",
                                                            "compute_metrics",
                                                            "compute_output_shape",
                                                            "compute_output_spec",
                                                            "distribute_reduction_method",
                                                            "distribute_strategy",
                                                            "get_build_config",
                                                            "get_compile_config",
                                                            "get_layer",
                                                            "get_metrics_result",
                                                            "get_quantization_layer_structure",
                                                            "get_state_tree",
                                                            "input_dtype",
                                                            "input_spec",
                                                            "jit_compile",
                                                            "layers",
                                                            "load_own_variables",
                                                            "loss",
                                                            "make_predict_function",
                                                            "make_test_function",
                                                            "make_train_function",
                                                            "metrics_names",
                                                            "metrics_variables",
                                                            "non_trainable_variables",
                                                            "non_trainable_weights",
                                                            "optimizer",
                                                            "predict_function",
                                                            "predict_on_batch",
                                                            "predict_step",
                                                            "quantization_mode",
                                                            "quantized_build",
                                                            "quantized_call",
                                                            "rematerialized_call",
                                                            "reset_metrics",
                                                            "run_eagerly",
                                                            "save_own_variables",
                                                            "save_weights",
                                                            "set_state_tree",
                                                            "stateless_call",
                                                            "stateless_compute_loss",
                                                            "steps_per_execution",
                                                            "supports_jit",
                                                            "supports_masking",
                                                            "symbolic_call",
                                                            "test_function",
                                                            "test_on_batch",
                                                            "test_step",
                                                            "to_json",
                                                            "train_function",
                                                            "train_on_batch",
                                                            "train_step",
                                                            "trainable_variables",
                                                            "trainable_weights",
                                                            "unrolled_steps_per_execution",
                                                            "variable_dtype",
                                                            "weights"});

bool is_reserved(std::string_view name) {
  return std::ranges::find(kReserved, name) != kReserved.end();
}

constexpr std::string_view kVariables = R"(

# What Keras calls the tensors of a layer.
VARIABLES = {
    "weight": ("kernel", "gamma", "embeddings", "alpha"),
    "bias": ("beta",),
    "running_mean": ("moving_mean",),
    "running_var": ("moving_variance",),
}


def variable_of(model, path):
    """The variable of a weight, and whether its first two axes are the last ones here."""
    *folders, leaf = path.split(".")
    owner = model
    for name in folders:
        if isinstance(owner, keras.Sequential):
            owner = owner.layers[int(name)]
        elif isinstance(owner, list):
            owner = owner[int(name)]
        elif isinstance(owner, dict):
            owner = owner[name]
        else:
            owner = getattr(owner, ATTRIBUTE)
    if isinstance(owner, list):
        return owner[int(leaf)], False
    if isinstance(owner, dict):
        return owner[leaf], False
    for name in (LEAF, *VARIABLES.get(leaf, ())):
        if hasattr(owner, name):
            return getattr(owner, name), leaf == "weight" and name == "kernel"
    raise ValueError(f"{path}: no such weight")
)";

void replace(std::string& text, std::string_view old, std::string_view next) {
  text.replace(text.find(old), old.size(), next);
}

// What a model is called with for the first time, which makes its variables.
std::string example(const Graph& graph) {
  std::string arguments;
  for (const ValueId id : given_inputs(graph)) {
    const Value& value = graph.value(id);
    if (!value.type.is_tensor() || !value.type.shape) {
      fail_unsupported("input ", quoted_name(value.name), " has no known rank");
    }
    Codes extents;
    for (const Dimension& dim : *value.type.shape) {
      extents.push_back(dim.known() ? python_integer(dim.extent) : Code{"None"});
    }
    const std::string type = tf_type(value.type.element).substr(std::string_view("tf.").size());
    arguments += (arguments.empty() ? "" : ", ") +
                 call("keras.KerasTensor", {tuple_of(extents), python_string(type)}).text;
  }
  return "model(" + arguments + ")";
}

}  // namespace

KerasNames::KerasNames(FoldedProgram& folded) {
  rename(folded.root);
  for (BlockClass& block : folded.blocks) rename(block.body);
}

void KerasNames::rename(SourceProgram& program) {
  std::set<std::string> attributes;
  for (const Member& member : program.members) {
    attributes.insert(member.path.substr(0, member.path.find('.')));
  }
  for (Member& member : program.members) {
    const std::string attribute = member.path.substr(0, member.path.find('.'));
    if (!is_reserved(attribute)) continue;
    if (attributes.contains(attribute + "_")) {
      fail_unsupported("members ", quoted_name(attribute), " and ", quoted_name(attribute + "_"));
    }
    renamed_.insert(attribute);
    member.path.insert(attribute.size(), "_");
  }
}

void KerasNames::add_to(PythonFile& file) const {
  if (renamed_.empty()) return;
  Codes names;
  for (const std::string& name : renamed_) names.push_back(python_string(name));
  file.add_text("# Names of attributes that Keras has itself: an underscore follows them here.\n");
  file.add(0, "RENAMED = " + tuple_of(names).text);
}

void add_keras_loader(PythonFile& file, const GraphFacts& facts, const KerasNames& names,
                      bool has_weight_names) {
  std::string finder(kVariables);
  replace(finder, "ATTRIBUTE",
          names.empty() ? "name" : R"(name + "_" if name in RENAMED else name)");
  replace(finder, "LEAF", names.empty() ? "leaf" : R"(leaf + "_" if leaf in RENAMED else leaf)");
  file.add_text(finder);
  file.blank(2);
  file.add(0, "def load_weights(model, path=WEIGHTS):");
  file.add(1, "\"\"\"Reads the weights of the model from a file; returns the model.\"\"\"");
  file.add_text("    # The first call makes the variables.\n");
  file.add(1, example(facts.graph()));
  file.add(1, "for name, value in load_file(path).items():");
  const std::string path = has_weight_names ? "WEIGHT_NAMES.get(name, name)" : "name";
  file.add(2, "variable, is_turned = variable_of(model, " + path + ")");
  file.add(2, "if is_turned:");
  file.add(3, "value = value.transpose(*range(2, value.ndim), 1, 0)");
  file.add(2, "variable.assign(value.reshape(variable.shape))");
  file.add(1, "return model");
}

}  // namespace twingrad
