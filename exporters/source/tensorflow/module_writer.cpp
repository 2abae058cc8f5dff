#include "exporters/source/blocks.h"
#include "exporters/source/function_writer.h"
#include "exporters/source/python_file.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/tensorflow/tensorflow.h"

namespace twingrad {
namespace {

const FunctionStyle& style() {
  static const FunctionStyle names = {
      "training", false, false, {"tf", "np", "params", "self", "training"}};
  return names;
}

void add_head(PythonFile& file, const std::string& body, std::string_view title) {
  file.add_text("\"\"\"" + std::string(title) + " for TensorFlow, written by twingrad.\n\n");
  file.add_text("Use: model = Model(load_weights())\n\"\"\"\n\n");
  file.add_text("from pathlib import Path\n\n");
  if (body.find("np.") != std::string::npos) file.add_text("import numpy as np\n");
  file.add_text("import tensorflow as tf\nfrom safetensors.numpy import load_file\n\n");
}

void add_loader(PythonFile& file, bool renamed, const ConstantNames& constants) {
  file.blank(2);
  file.add(0, "def load_weights(path=WEIGHTS):");
  file.add(1, "\"\"\"The weights of the model as a tree of variables.\"\"\"");
  file.add(1, "params = {}");
  file.add(1, "for name, value in load_file(path).items():");
  const std::string path = renamed ? "WEIGHT_NAMES.get(name, name)" : "name";
  const std::string listed = add_path_parts(file, path, constants);
  file.add(2, "tree = params");
  file.add(2, "for folder in folders:");
  file.add(3, "tree = tree.setdefault(folder, {})");
  if (!constants.empty()) {
    file.add(2, "trains = " + listed + " not in CONSTANTS");
    file.add(2, "tree[leaf] = tf.Variable(value, trainable=trains, name=leaf)");
  } else {
    file.add(2, "tree[leaf] = tf.Variable(value, name=leaf)");
  }
  file.add(1, "return params");
}

void add_model(PythonFile& file, const ModelFunction& function) {
  file.blank(2);
  file.add(0, "class Model(tf.Module):");
  file.add(1, "\"\"\"The model over a tree of variables.\"\"\"");
  file.blank();
  file.add(1, "def __init__(self, params):");
  file.add(2, "super().__init__()");
  file.add(2, "self.params = params");
  file.blank();
  file.add(1, "def __call__(self" + function.inputs + ", training=False):");
  if (function.body.find("params") != std::string::npos) file.add(2, "params = self.params");
  file.add_text(function.body);
  file.add(2, "return " + function.results);
}

}  // namespace

SourceFiles write_tensorflow(SourceProgram program, const GraphFacts& facts,
                             std::string_view title) {
  const std::set<std::string> helpers = program.helpers;
  const std::vector<std::string> nested = program.functions;
  const std::vector<ValueId> draws = program.draws;
  FoldedProgram folded = with_blocks(std::move(program));
  StoredWeights weights = stored_weights(folded.root, facts);
  const ConstantNames constants = constant_names(folded.root);
  PythonFile body;
  for (const std::string& helper : helpers) body.add_function(tensorflow_helper(helper));
  for (const std::string& function : nested) body.add_function(function);
  WrittenFunctions functions;
  for (const BlockClass& block : folded.blocks) {
    body.blank(2);
    write_block_function(body, style(), block, functions);
  }
  add_model(body, model_function(style(), std::move(folded.root), given_inputs(facts.graph()),
                                 functions, 2));
  add_loader(body, !weights.renamed.empty(), constants);
  const std::string body_text = body.take();
  PythonFile file;
  add_head(file, body_text, title);
  file.add_text("WEIGHTS = Path(__file__).with_suffix(\".safetensors\")\n");
  add_interface(file, facts.graph(), draws);
  if (!constants.empty()) {
    file.add_text("# What does not train, " + std::string(constants.described()) + ".\n");
    file.add(0, "CONSTANTS = " + constants.names.text);
  }
  if (!weights.renamed.empty()) {
    file.add_text("# The names in the model of what is called otherwise here.\n");
    add_renamed(file, weights);
  }
  file.add_text(body_text);
  return {file.take(), std::move(weights.tensors)};
}

}  // namespace twingrad
