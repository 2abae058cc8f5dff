#include "exporters/source/function_writer.h"

#include <algorithm>
#include <optional>

#include "exporters/source/python_literal.h"
#include "exporters/source/variable_names.h"

namespace twingrad {
namespace {

std::string subscripts(std::string_view path) {
  std::string text;
  while (!path.empty()) {
    const size_t dot = std::min(path.find('.'), path.size());
    text += "[\"" + std::string(path.substr(0, dot)) + "\"]";
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return text;
}

FunctionNeeds needs_of(const FunctionStyle& style, const SourceProgram& program,
                       const WrittenFunctions& functions) {
  FunctionNeeds needs;
  for (const Member& member : program.members) {
    for (const MemberTensor& tensor : member.tensors) {
      needs.state = needs.state || (style.has_state && !tensor.trains);
    }
    const auto block = functions.find(member.construct);
    if (block == functions.end()) continue;
    needs.train = needs.train || block->second.train;
    needs.key = needs.key || block->second.key;
  }
  for (const SourceLine& line : program.lines) {
    const bool drops = line.code.starts_with("dropout(");
    needs.train = needs.train || drops || line.code.starts_with("batch_norm(");
    needs.key = needs.key || (drops && style.has_key);
  }
  return needs;
}

// The body of one function.
class FunctionWriter {
 public:
  FunctionWriter(PythonFile& file, int depth, const FunctionStyle& style, SourceProgram program,
                 const WrittenFunctions& functions)
      : file_(file),
        depth_(depth),
        style_(style),
        program_(std::move(program)),
        functions_(functions) {
    const MemberTree tree = member_tree(program_);
    join_chains(program_, tree, [this](const MemberTree& list) { return note_loop(list); });
    count_keys();
  }

  // The names of the inputs, and the lines after the head.
  NamedLines named(const std::vector<ValueId>& inputs, bool keeps_names) {
    for (SourceLine& line : program_.lines) line.code = with_function(line.code);
    return named_lines(
        program_, inputs, [this](size_t index) { return access(program_.members[index]); },
        keeps_names, style_.taken);
  }

  void write_lines(const NamedLines& lines) {
    for (size_t i = 0; i < lines.statements.size(); ++i) {
      const auto loop = called_loop(program_.lines[i]);
      if (loop) {
        write_loop(lines.statements[i], *loop);
      } else {
        file_.add(depth_, with_key(lines.statements[i]));
      }
    }
  }

 private:
  // A list of blocks that one function computes.
  struct Loop {
    std::string function;
    size_t count = 0;
    bool has_state = false;
  };

  bool note_loop(const MemberTree& list) {
    const Member& first = program_.members[list.children[0].tree.member];
    if (!functions_.contains(first.construct)) return false;
    for (const auto& [name, child] : list.children) {
      const Member& member = program_.members[child.member];
      if (member.construct != first.construct) return false;
    }
    const size_t dot = first.path.rfind('.');
    loops_[first.path.substr(0, dot)] = {first.construct, list.children.size(),
                                         style_.has_state && has(first, false)};
    return true;
  }

  static bool has(const Member& member, bool trained) {
    return std::ranges::any_of(
        member.tensors, [trained](const MemberTensor& tensor) { return tensor.trains == trained; });
  }

  std::optional<Loop> called_loop(const SourceLine& line) const {
    const auto pieces = pieces_of(line.code);
    if (pieces.empty() || pieces[0].kind != CodePiece::Kind::kMember) return std::nullopt;
    const auto loop = loops_.find(program_.members[pieces[0].index].path);
    return loop == loops_.end() ? std::nullopt : std::optional(loop->second);
  }

  std::string access(const Member& member) const {
    std::string place = subscripts(member.path);
    if (loops_.contains(member.path)) return place;
    const bool trained = has(member, true);
    const bool constant = style_.has_state && has(member, false);
    if (!trained && constant) return "state" + place;
    return "params" + place + (constant ? ", state" + place : "");
  }

  // A call of a member is one of its function: "m(x)" becomes "layer(m, x, train, key)".
  std::string with_function(const std::string& code) const {
    const auto pieces = pieces_of(code);
    const bool is_call = pieces.size() > 1 && pieces[0].kind == CodePiece::Kind::kMember &&
                         functions_.contains(program_.members[pieces[0].index].construct);
    if (!is_call) return code;
    const std::string& name = program_.members[pieces[0].index].construct;
    const std::string member = member_reference(pieces[0].index).text;
    std::string arguments = code.substr(member.size() + 1);
    arguments.pop_back();
    return function_name(name) + "(" + member + ", " + arguments + extra(functions_.at(name)) + ")";
  }

  std::string extra(const FunctionNeeds& needs) const {
    return (needs.train ? ", " + std::string(style_.train) : "") + (needs.key ? ", key" : "");
  }

  void count_keys() {
    for (const SourceLine& line : program_.lines) {
      const auto loop = called_loop(line);
      const bool single = with_function(line.code).ends_with(", key)");
      if (single) ++keys_;
      if (loop && functions_.at(loop->function).key) keys_ += 2;
    }
  }

  // Every draw has a key of its own.
  std::string with_key(std::string statement) {
    constexpr std::string_view kEnding = ", key)";
    if (keys_ < 2 || !statement.ends_with(kEnding)) return statement;
    statement.resize(statement.size() - kEnding.size());
    return statement + ", fold(key, " + std::to_string(next_key_++) + "))";
  }

  void write_loop(const std::string& statement, const Loop& loop) {
    const size_t equals = statement.find(" = ");
    const size_t open = statement.find('(', equals);
    const std::string target = statement.substr(0, equals);
    const std::string place = statement.substr(equals + 3, open - equals - 3);
    const std::string input = statement.substr(open + 1, statement.size() - open - 2);
    const FunctionNeeds& needs = functions_.at(loop.function);
    if (target != input) file_.add(depth_, target + " = " + input);
    file_.add(depth_, "for i in range(" + std::to_string(loop.count) + "):");
    std::string call =
        target + " = " + function_name(loop.function) + "(params" + place + "[str(i)]";
    if (loop.has_state) call += ", state" + place + "[str(i)]";
    call += ", " + target + (needs.train ? ", " + std::string(style_.train) : "");
    if (needs.key) {
      call += ", fold(key, " + (next_key_ == 0 ? "i" : std::to_string(next_key_) + " + i") + ")";
      next_key_ += loop.count;
    }
    file_.add(depth_ + 1, call + ")");
  }

  PythonFile& file_;
  int depth_;
  const FunctionStyle& style_;
  SourceProgram program_;
  const WrittenFunctions& functions_;
  std::map<std::string, Loop> loops_;  // by the paths of the lists
  size_t keys_ = 0;
  size_t next_key_ = 0;
};

}  // namespace

std::string function_name(std::string_view class_name) {
  std::string name;
  for (size_t i = 0; i < class_name.size(); ++i) {
    const char c = class_name[i];
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && i > 0) name += '_';
    name += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  // Not to be mistaken for the functions of the same file.
  const bool is_taken = name == "apply" || name == "conv" || name == "linear" ||
                        name == "dropout" || !is_python_identifier(name);
  return is_taken ? name + "_block" : name;
}

void write_block_function(PythonFile& file, const FunctionStyle& style, const BlockClass& block,
                          WrittenFunctions& functions) {
  const FunctionNeeds needs = needs_of(style, block.body, functions);
  FunctionWriter writer(file, 1, style, block.body, functions);
  NamedLines lines = writer.named(block.inputs, false);
  std::string arguments = needs.state ? "params, state" : "params";
  for (const std::string& input : lines.inputs) arguments += ", " + input;
  if (needs.train) arguments += ", " + std::string(style.train);
  if (needs.key) arguments += ", key";
  file.add(0, "def " + function_name(block.name) + "(" + arguments + "):");
  writer.write_lines(lines);
  file.add(1, "return " + lines.result);
  functions[block.name] = needs;
}

ModelFunction model_function(const FunctionStyle& style, SourceProgram program,
                             const std::vector<ValueId>& inputs, const WrittenFunctions& functions,
                             int depth) {
  ModelFunction result;
  result.needs = needs_of(style, program, functions);
  const bool several = program.outputs.size() > 1;
  PythonFile file;
  FunctionWriter writer(file, depth, style, std::move(program), functions);
  const NamedLines lines = writer.named(inputs, true);
  for (const std::string& input : lines.inputs) result.inputs += ", " + input;
  writer.write_lines(lines);
  result.body = file.take();
  result.results = several ? "(" + lines.result + ")" : lines.result;
  return result;
}

}  // namespace twingrad
