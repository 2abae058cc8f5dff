#include <algorithm>

#include "exporters/source/blocks.h"
#include "exporters/source/function_writer.h"
#include "exporters/source/initial_values.h"
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

// The tree that has the tensor of that path.
void add_tree(PythonFile& file, const std::string& path, const ConstantNames& constants) {
  const std::string listed = add_path_parts(file, path, constants);
  file.add(2, constants.empty() ? "tree = params"
                                : "tree = state if " + listed + " in STATE else params");
}

void add_loader(PythonFile& file, bool renamed, const ConstantNames& constants) {
  file.blank(2);
  file.add(0, "def load_weights(path=WEIGHTS):");
  file.add(1,
           "\"\"\"The parameters and the state (statistics, constants) as trees of arrays.\"\"\"");
  file.add(1, "params, state = {}, {}");
  file.add(1, "for name, value in load_file(path).items():");
  const std::string path = renamed ? "WEIGHT_NAMES.get(name, name)" : "name";
  add_tree(file, path, constants);
  file.add(2, "for folder in folders:");
  file.add(3, "tree = tree.setdefault(folder, {})");
  file.add(2, "tree[leaf] = jnp.asarray(value)");
  file.add(1, "return params, state");
}

// What init() makes: a row for every tensor that has a beginning.
struct InitialTable {
  std::string rows;
  bool has_constants = false;
};

InitialTable initial_table(const SourceProgram& root, const GraphFacts& facts) {
  const InitialValues initial(facts.graph());
  InitialTable table;
  PythonFile rows;
  for (const Member& member : root.members) {
    for (const MemberTensor& tensor : member.tensors) {
      const Value& value = facts.graph().value(tensor.value);
      const auto start = initial.of(tensor.value);
      if (!start) {
        table.has_constants = true;
        continue;
      }
      if (value.type.element != facts.precision()) return {};
      const std::string path = path_of(member, tensor);
      const Shape& shape = value.data->shape();
      const Code kind = start->fan_in > 0 ? python_integer(start->fan_in)
                                          : python_real(start->value, DataType::kFloat);
      const Codes entry = {python_tuple(std::vector<int64_t>(shape.begin(), shape.end())), kind};
      rows.add(1, python_string(path).text + ": " + tuple_of(entry).text + ",");
    }
  }
  table.rows = rows.take();
  return table;
}

// Without a function where the parameters are of several types.
void add_init(PythonFile& file, const SourceProgram& root, const GraphFacts& facts,
              const ConstantNames& constants) {
  const InitialTable table = initial_table(root, facts);
  if (table.rows.empty()) return;
  const bool reads = table.has_constants;
  const std::string type = jax_type(facts.precision());
  file.blank(2);
  file.add_text("# How a tensor begins: its shape, and a fan-in (an integer) or its value.\n");
  file.add_text("INITIAL = {\n" + table.rows + "}\n");
  file.blank(2);
  file.add(0, reads ? "def init(key, path=WEIGHTS):" : "def init(key):");
  file.add(1, "\"\"\"Fresh parameters and state: normal weights of variance 1 / fan-in.\"\"\"");
  if (reads) file.add_text("    # The constants of the model are in its file.\n");
  file.add(1, reads ? "params, state = load_weights(path)" : "params, state = {}, {}");
  file.add(1, "for number, (name, (shape, start)) in enumerate(INITIAL.items()):");
  add_tree(file, "name", constants);
  file.add(2, "for folder in folders:");
  file.add(3, "tree = tree.setdefault(folder, {})");
  file.add(2, "if isinstance(start, int):");
  file.add(3, "draws = jax.random.fold_in(key, number)");
  file.add(3, "value = jax.random.normal(draws, shape, " + type + ") / start**0.5");
  file.add(2, "else:");
  file.add(3, "value = jnp.full(shape, start, " + type + ")");
  file.add(2, "tree[leaf] = value");
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
  const std::vector<std::string> nested = program.functions;
  const std::vector<ValueId> draws = program.draws;
  FoldedProgram folded = with_blocks(std::move(program));
  StoredWeights weights = stored_weights(folded.root, facts);
  const ConstantNames constants = constant_names(folded.root);
  PythonFile loader;
  add_loader(loader, !weights.renamed.empty(), constants);
  add_init(loader, folded.root, facts, constants);
  std::string written = functions_of(std::move(folded), facts);
  written += loader.take();
  if (written.find("fold(key") != std::string::npos) helpers.insert("fold");
  PythonFile body;
  for (const std::string& helper : helpers) body.add_function(jax_helper(helper));
  for (const std::string& function : nested) body.add_function(function);
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
  if (!constants.empty()) {
    file.add_text("# What the state has, " + std::string(constants.described()) +
                  "; all else are parameters.\n");
    file.add(0, "STATE = " + constants.names.text);
  }
  if (!weights.renamed.empty()) {
    file.add_text("# The names in the model of what is called otherwise here.\n");
    add_renamed(file, weights);
  }
  file.add_text(body_text);
  return {file.take(), std::move(weights.tensors)};
}

}  // namespace twingrad
