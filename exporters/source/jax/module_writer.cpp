#include <algorithm>

#include "exporters/source/blocks.h"
#include "exporters/source/function_writer.h"
#include "exporters/source/jax/jax.h"
#include "exporters/source/python_file.h"
#include "exporters/source/python_literal.h"
#include "ir/error.h"

namespace twingrad {
namespace {

const FunctionStyle& style() {
  static const FunctionStyle names = {
      "train", true, true, {"jax", "jnp", "lax", "np", "params", "state", "train", "key", "math"}};
  return names;
}

void write_apply(PythonFile& file, const ModelFunction& function) {
  file.add(0, "def apply(params, state" + function.inputs + ", train=False, key=None):");
  file.add(1,
           "\"\"\"The outputs and the next state; in training, dropout draws with the key.\"\"\"");
  if (function.needs.state && function.needs.train) {
    file.add(1, "state = jax.tree.map(lambda leaf: leaf, state)  # a copy of the tree");
  }
  file.add_text(function.body);
  file.add(1, "return " + function.results + ", state");
}

void add_head(PythonFile& file, const std::string& body, std::string_view title) {
  file.add_text("\"\"\"" + std::string(title) + " for JAX, written by twingrad.\n\n");
  file.add_text(
      "Use: params, state = load_weights(); y, state = apply(params, state, x)\n\"\"\"\n\n");
  if (body.find("math.") != std::string::npos) file.add_text("import math\n");
  file.add_text("from pathlib import Path\n\nimport jax\nimport jax.numpy as jnp\n");
  if (body.find("np.arange(") != std::string::npos &&
      body.find("def resize(") != std::string::npos) {
    file.add_text("import numpy as np\n");
  }
  if (body.find("lax.") != std::string::npos) file.add_text("from jax import lax\n");
  file.add_text("from safetensors.numpy import load_file\n\n");
}

void add_loader(PythonFile& file, bool renamed, bool has_state) {
  file.blank(2);
  file.add(0, "def load_weights(path=WEIGHTS):");
  file.add(1,
           "\"\"\"The parameters and the state (statistics, constants) as trees of arrays.\"\"\"");
  file.add(1, "params, state = {}, {}");
  file.add(1, "for name, value in load_file(path).items():");
  const std::string path = renamed ? "WEIGHT_NAMES.get(name, name)" : "name";
  file.add(2, "*folders, leaf = " + path + ".split(\".\")");
  file.add(2, has_state ? "tree = state if leaf in STATE else params" : "tree = params");
  file.add(2, "for folder in folders:");
  file.add(3, "tree = tree.setdefault(folder, {})");
  file.add(2, "tree[leaf] = jnp.asarray(value)");
  file.add(1, "return params, state");
}

std::string functions_of(FoldedProgram folded, const GraphFacts& facts) {
  PythonFile text;
  WrittenFunctions functions;
  for (const BlockClass& block : folded.blocks) {
    text.blank(2);
    write_block_function(text, style(), block, functions);
  }
  text.blank(2);
  write_apply(text, model_function(style(), std::move(folded.root), given_inputs(facts.graph()),
                                   functions, 1));
  return text.take();
}

}  // namespace

SourceFiles write_jax(SourceProgram program, const GraphFacts& facts, std::string_view title) {
  std::set<std::string> helpers = program.helpers;
  const std::vector<ValueId> draws = program.draws;
  FoldedProgram folded = with_blocks(std::move(program));
  StoredWeights weights = stored_weights(folded.root, facts);
  const Code state = constant_names(folded.root);
  const bool has_state = state.text != "()";
  std::string written = functions_of(std::move(folded), facts);
  PythonFile loader;
  add_loader(loader, !weights.renamed.empty(), has_state);
  written += loader.take();
  if (written.find("fold(key") != std::string::npos) helpers.insert("fold");
  PythonFile body;
  for (const std::string& helper : helpers) {
    body.blank(2);
    body.add_text(jax_helper(helper));
  }
  body.add_text(written);
  const std::string body_text = body.take();
  PythonFile file;
  add_head(file, body_text, title);
  if (facts.precision() == DataType::kDouble) {
    file.add(0, "jax.config.update(\"jax_enable_x64\", True)");
    file.blank();
  }
  file.add_text("WEIGHTS = Path(__file__).with_suffix(\".safetensors\")\n");
  add_interface(file, facts.graph(), draws);
  if (has_state) {
    file.add_text(
        "# What the state has, by the last parts of the names; all else are parameters.\n");
    file.add(0, "STATE = " + state.text);
  }
  if (!weights.renamed.empty()) {
    file.add_text("# The names in the model of what is called otherwise here.\n");
    add_renamed(file, weights);
  }
  file.add_text(body_text);
  return {file.take(), std::move(weights.tensors)};
}

}  // namespace twingrad
