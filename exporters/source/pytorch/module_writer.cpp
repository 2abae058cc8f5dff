#include <algorithm>

#include "exporters/source/blocks.h"
#include "exporters/source/member_tree.h"
#include "exporters/source/python_file.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/pytorch/pytorch.h"
#include "exporters/source/variable_names.h"
#include "ir/error.h"

namespace twingrad {
namespace {

const std::set<std::string> kTakenNames = {"F", "nn", "torch", "self", "Path", "load_file"};

std::string constructed(const Member& member) {
  std::vector<Code> arguments;
  for (const MemberArgument& argument : member.arguments) {
    arguments.push_back(argument.by_position ? Code{argument.value}
                                             : keyword(argument.name, {argument.value}));
  }
  return call(member.construct, arguments).text;
}

bool is_parameter(const Member& member) {
  return member.construct == "nn.Parameter";
}

// One class: __init__ and forward.
class ClassWriter {
 public:
  ClassWriter(PythonFile& file, SourceProgram program)
      : file_(file), program_(std::move(program)), tree_(member_tree(program_)) {
    chains_ = join_chains(program_, tree_, [](const MemberTree&) { return true; });
  }

  void write(const std::string& name, const std::vector<std::string>& parameters,
             const std::vector<ValueId>& inputs, bool keeps_names, std::string_view last_line) {
    file_.add(0, "class " + name + "(nn.Module):");
    std::string arguments = "self";
    for (const std::string& parameter : parameters) arguments += ", " + parameter;
    file_.add(1, "def __init__(" + arguments + "):");
    file_.add(2, "super().__init__()");
    for (const auto& [child, tree] : tree_.children) add_member(child, tree);
    if (!last_line.empty()) file_.add(2, last_line);
    file_.blank();
    write_forward(inputs, keeps_names);
  }

 private:
  void add_member(const std::string& name, const MemberTree& tree) {
    if (tree.is_leaf() && program_.members[tree.member].construct == "buffer") {
      const std::string& value = program_.members[tree.member].arguments[0].value;
      file_.add(2, "self.register_buffer(" + python_string(name).text + ", " + value + ")");
    } else {
      file_.add(2, "self." + name + " = " + text_of(tree, name));
    }
  }

  std::string text_of(const MemberTree& tree, const std::string& path) const {
    if (tree.is_leaf()) return constructed(program_.members[tree.member]);
    std::vector<Code> items;
    const bool holds_parameters = std::ranges::all_of(tree.children, [this](const auto& child) {
      return child.tree.is_leaf() && is_parameter(program_.members[child.tree.member]);
    });
    const bool is_list = tree.is_list();
    for (const auto& [name, child] : tree.children) {
      std::string item = is_list ? "" : python_string(name).text + ": ";
      item += text_of(child, join_text(path, ".", name));
      items.push_back({std::move(item)});
    }
    if (!is_list) {
      const std::string kind = holds_parameters ? "nn.ParameterDict" : "nn.ModuleDict";
      return kind + "({" + joined(items) + "})";
    }
    if (holds_parameters) return "nn.ParameterList([" + joined(items) + "])";
    const bool equal = items.size() > 1 && std::ranges::all_of(items, [&items](const Code& item) {
                         return item.text == items[0].text;
                       });
    const std::string comprehension =
        "[" + items[0].text + " for _ in range(" + std::to_string(items.size()) + ")]";
    if (std::ranges::find(chains_, path) != chains_.end()) {
      return "nn.Sequential(" + (equal ? "*" + comprehension : joined(items)) + ")";
    }
    return "nn.ModuleList(" + (equal ? comprehension : list_of(items).text) + ")";
  }

  void write_forward(const std::vector<ValueId>& inputs, bool keeps_names) {
    const auto access = [this](size_t index) {
      return member_access(tree_, program_.members[index].path);
    };
    add_method(file_, "forward", named_lines(program_, inputs, access, keeps_names, kTakenNames));
  }

  PythonFile& file_;
  SourceProgram program_;
  MemberTree tree_;
  std::vector<std::string> chains_;
};

// Parameters directly below a name beside layers, and constants below a name, have no place in the
// containers of PyTorch.
void drop_paths_without_place(SourceProgram& program) {
  std::set<std::string> folders;
  const auto folder_of = [](const Member& member) {
    const size_t dot = member.path.rfind('.');
    return dot == std::string::npos ? std::string() : member.path.substr(0, dot);
  };
  for (const Member& member : program.members) {
    for (std::string path = folder_of(member); !path.empty() && !is_parameter(member);) {
      folders.insert(path);
      path.resize(path.find('.') == std::string::npos ? 0 : path.rfind('.'));
    }
  }
  for (Member& member : program.members) {
    const std::string folder = folder_of(member);
    const bool has_place = folder.empty() || (member.construct != "buffer" &&
                                              !(is_parameter(member) && folders.contains(folder)));
    if (!has_place) member.path.clear();
  }
}

void add_head(PythonFile& file, const std::string& body, const GraphFacts& facts,
              const std::vector<ValueId>& draws, std::string_view title) {
  file.add_text("\"\"\"" + std::string(title) + " for PyTorch, written by twingrad.\n\n");
  file.add_text("Use: model = load_weights(Model())\n\"\"\"\n\n");
  file.add_text("from pathlib import Path\n\nimport torch\n");
  if (body.find("F.") != std::string::npos) file.add_text("import torch.nn.functional as F\n");
  file.add_text("from safetensors.torch import load_file\nfrom torch import nn\n\n");
  file.add_text("WEIGHTS = Path(__file__).with_suffix(\".safetensors\")\n");
  add_interface(file, facts.graph(), draws);
}

void add_loader(PythonFile& file, bool renamed) {
  file.blank(2);
  file.add(0, "def load_weights(model, path=WEIGHTS):");
  file.add(1, "\"\"\"Reads the weights of the model from a file; returns the model.\"\"\"");
  if (renamed) {
    file.add(1, "weights = load_file(path)");
    file.add(1, "weights = {WEIGHT_NAMES.get(name, name): weights[name] for name in weights}");
    file.add(1, "model.load_state_dict(weights)");
  } else {
    file.add(1, "model.load_state_dict(load_file(path))");
  }
  file.add(1, "return model");
}

}  // namespace

SourceFiles write_pytorch(SourceProgram program, const GraphFacts& facts, std::string_view title) {
  drop_paths_without_place(program);
  const std::set<std::string> helpers = program.helpers;
  const std::vector<std::string> nested = program.functions;
  const std::vector<ValueId> draws = program.draws;
  FoldedProgram folded = with_blocks(std::move(program));
  StoredWeights weights = stored_weights(folded.root, facts);
  PythonFile body;
  for (const std::string& helper : helpers) body.add_function(pytorch_helper(helper));
  for (const std::string& function : nested) body.add_function(function);
  for (BlockClass& block : folded.blocks) {
    body.blank(2);
    ClassWriter(body, std::move(block.body))
        .write(block.name, block.parameters, block.inputs, false, "");
  }
  body.blank(2);
  const std::string precision =
      facts.precision() == DataType::kFloat ? "" : "self.to(" + torch_type(facts.precision()) + ")";
  ClassWriter(body, std::move(folded.root))
      .write("Model", {}, given_inputs(facts.graph()), true, precision);
  add_loader(body, !weights.renamed.empty());
  const std::string body_text = body.take();
  PythonFile file;
  add_head(file, body_text, facts, draws, title);
  if (!weights.renamed.empty()) {
    file.add_text("# The names in the model of what is called otherwise here.\n");
    add_renamed(file, weights);
  }
  file.add_text(body_text);
  return {file.take(), std::move(weights.tensors)};
}

}  // namespace twingrad
