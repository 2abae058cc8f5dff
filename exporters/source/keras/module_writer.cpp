#include <algorithm>
#include <array>

#include "exporters/source/blocks.h"
#include "exporters/source/keras/keras.h"
#include "exporters/source/keras/loader.h"
#include "exporters/source/member_tree.h"
#include "exporters/source/python_file.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/tensorflow/tensorflow.h"
#include "exporters/source/variable_names.h"
#include "ir/error.h"

namespace twingrad {
namespace {

const std::set<std::string> kTakenNames = {"keras", "layers",   "np",   "tf",
                                           "self",  "training", "Path", "load_file"};

std::string constructed(const Member& member, const std::string& name) {
  std::vector<Code> arguments;
  for (const MemberArgument& argument : member.arguments) {
    arguments.push_back(argument.by_position ? Code{argument.value}
                                             : keyword(argument.name, {argument.value}));
  }
  if (member.construct == "self.add_weight") {
    arguments.push_back(keyword("name", python_string(name)));
  }
  return call(member.construct, arguments).text;
}

// One class: __init__ and call.
class ClassWriter {
 public:
  // `told`: the classes of layers that are told whether the model trains; this one is added.
  ClassWriter(PythonFile& file, SourceProgram program, std::set<std::string>& told)
      : file_(file), program_(std::move(program)), tree_(member_tree(program_)), told_(told) {
    chains_ = join_chains(program_, tree_, [](const MemberTree&) { return true; });
  }

  void write(const BlockClass& kind, std::string_view base, bool keeps_names) {
    file_.add(0, "class " + kind.name + "(" + std::string(base) + "):");
    std::string arguments = "self";
    for (const std::string& parameter : kind.parameters) arguments += ", " + parameter;
    file_.add(1, "def __init__(" + arguments + "):");
    file_.add(2, "super().__init__()");
    for (const auto& [child, tree] : tree_.children) {
      file_.add(2, "self." + child + " = " + text_of(tree, child, child));
    }
    file_.blank();
    const bool tells = tell_members();
    if (tells) told_.insert(kind.name);
    write_call(kind.inputs, keeps_names, tells || keeps_names);
  }

 private:
  std::string text_of(const MemberTree& tree, const std::string& path,
                      const std::string& name) const {
    if (tree.is_leaf()) return constructed(program_.members[tree.member], name);
    std::vector<Code> items;
    const bool is_list = tree.is_list();
    for (const auto& [child_name, child] : tree.children) {
      std::string item = is_list ? "" : python_string(child_name).text + ": ";
      std::string child_path = path;
      child_path.append(".").append(child_name);
      std::string own_name = is_list ? name : "";
      own_name += child_name;
      item += text_of(child, child_path, own_name);
      items.push_back({std::move(item)});
    }
    if (!is_list) return "{" + joined(items) + "}";
    const bool equal = items.size() > 1 && std::ranges::all_of(items, [&items](const Code& item) {
                         return item.text == items[0].text;
                       });
    const std::string list =
        equal ? "[" + items[0].text + " for _ in range(" + std::to_string(items.size()) + ")]"
              : list_of(items).text;
    const bool is_chain = std::ranges::find(chains_, path) != chains_.end();
    return is_chain ? "keras.Sequential(" + list + ")" : list;
  }

  bool is_told(const Member& member) const {
    if (told_.contains(member.construct)) return true;
    return member.construct.empty() &&
           std::ranges::any_of(program_.members, [this, &member](const Member& other) {
             return other.path.starts_with(member.path + ".") && told_.contains(other.construct);
           });
  }

  // Adds "training=training" to the calls of those that need it; whether there are any.
  bool tell_members() {
    bool tells = false;
    for (SourceLine& line : program_.lines) {
      tells = tells || line.code.find("training=training") != std::string::npos;
      const auto pieces = pieces_of(line.code);
      const bool is_call = pieces.size() > 1 && pieces[0].kind == CodePiece::Kind::kMember &&
                           is_told(program_.members[pieces[0].index]);
      if (!is_call || line.code.find("training=") != std::string::npos) continue;
      line.code.insert(line.code.rfind(')'), ", training=training");
      tells = true;
    }
    return tells;
  }

  void write_call(const std::vector<ValueId>& inputs, bool keeps_names, bool has_training) {
    const auto access = [this](size_t index) {
      return member_access(tree_, program_.members[index].path);
    };
    add_method(file_, "call", named_lines(program_, inputs, access, keeps_names, kTakenNames),
               has_training ? ", training=None" : "");
  }

  PythonFile& file_;
  SourceProgram program_;
  MemberTree tree_;
  std::set<std::string>& told_;
  std::vector<std::string> chains_;
};

// Layers cast what they get to one type of numbers.
void check_precision(const GraphFacts& facts) {
  const DataType precision = facts.precision();
  const bool usual = precision == DataType::kFloat || precision == DataType::kDouble;
  if (!usual) fail_unsupported("layers of type ", data_type_name(precision));
  const Graph& graph = facts.graph();
  for (size_t i = 0; i < graph.values().size(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const DataType type = graph.value(id).type.element;
    const auto& shape = graph.value(id).type.shape;
    const bool is_scalar = shape && shape->rank() == 0;
    const bool counts = is_floating_point(type) && !is_scalar && facts.uses(id) > 0 &&
                        (facts.known(id) == nullptr || is_trained(graph.value(id)));
    if (counts && type != precision) fail_unsupported("layers beside ", data_type_name(type));
  }
}

bool has_layer(const SourceProgram& program) {
  return std::ranges::any_of(program.members, [](const Member& member) {
    return member.construct.starts_with("layers.") && !member.tensors.empty();
  });
}

void add_head(PythonFile& file, const std::string& body, const GraphFacts& facts,
              std::string_view title) {
  file.add_text("\"\"\"" + std::string(title) + " for Keras 3, written by twingrad.\n\n");
  file.add_text("Use: model = load_weights(Model())\n\"\"\"\n\n");
  file.add_text("from pathlib import Path\n\nimport keras\n");
  if (body.find("np.") != std::string::npos) file.add_text("import numpy as np\n");
  if (body.find("tf.") != std::string::npos) file.add_text("import tensorflow as tf\n");
  file.add_text("from keras import layers\nfrom safetensors.numpy import load_file\n\n");
  if (facts.precision() == DataType::kDouble) {
    file.add_text("keras.config.set_floatx(\"float64\")\n\n");
  }
  file.add_text("WEIGHTS = Path(__file__).with_suffix(\".safetensors\")\n");
}

std::string classes(FoldedProgram folded, const std::set<std::string>& helpers,
                    const std::vector<std::string>& nested, const GraphFacts& facts) {
  PythonFile body;
  for (const std::string& helper : helpers) body.add_function(tensorflow_helper(helper));
  for (const std::string& function : nested) body.add_function(function);
  std::set<std::string> told = {"layers.Dropout", "layers.BatchNormalization"};
  for (BlockClass& block : folded.blocks) {
    body.blank(2);
    ClassWriter(body, std::move(block.body), told).write(block, "layers.Layer", false);
  }
  body.blank(2);
  const BlockClass model{"Model", given_inputs(facts.graph()), {}, {}};
  ClassWriter(body, std::move(folded.root), told).write(model, "keras.Model", true);
  return body.take();
}

}  // namespace

SourceFiles write_keras(SourceProgram program, const GraphFacts& facts, std::string_view title) {
  check_precision(facts);
  if (!has_layer(program))
    fail_unsupported("not written for Keras: no node is a layer; --to tensorflow writes functions");
  const std::set<std::string> helpers = program.helpers;
  const std::vector<std::string> nested = program.functions;
  const std::vector<ValueId> draws = program.draws;
  const std::vector<ValueId> turned_draws = program.turned_draws;
  FoldedProgram folded = with_blocks(std::move(program));
  StoredWeights weights = stored_weights(folded.root, facts);
  KerasNames names(folded);
  PythonFile body;
  body.add_text(classes(std::move(folded), helpers, nested, facts));
  add_keras_loader(body, facts, names, !weights.renamed.empty());
  const std::string body_text = body.take();
  PythonFile file;
  add_head(file, body_text, facts, title);
  add_interface(file, facts.graph(), draws, turned_draws);
  if (!weights.renamed.empty()) {
    file.add_text("# The names in the model of what is called otherwise here.\n");
    add_renamed(file, weights);
  }
  names.add_to(file);
  file.add_text(body_text);
  return {file.take(), std::move(weights.tensors)};
}

}  // namespace twingrad
