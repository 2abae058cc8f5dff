#include "exporters/source/line_writer.h"

#include <algorithm>
#include <set>

#include "exporters/source/python_file.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/variable_names.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

constexpr int64_t kMostLiteralElements = 16;

std::string op_name(const Node& node) {
  return node.op != nullptr ? node.op->full_name() : node.function->name;
}

bool is_reference(const Code& code) {
  const auto pieces = pieces_of(code.text);
  return pieces.size() == 1 && pieces[0].kind != CodePiece::Kind::kText;
}

// "{0} + {1}" or "torch.exp({0})".
Code from_pattern(std::string_view pattern, NodeWriter& node) {
  if (pattern.starts_with("{0} ") && pattern.ends_with(" {1}")) {
    const Code left = node.is_number(1) ? node.in(0) : node.operand(0);
    return infix(left, pattern.substr(4, pattern.size() - 8), node.operand(1));
  }
  std::string text;
  while (!pattern.empty()) {
    const size_t open = std::min(pattern.find('{'), pattern.size());
    text += pattern.substr(0, open);
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    text += node.in(static_cast<size_t>(pattern[1] - '0')).text;
    pattern.remove_prefix(3);
  }
  return {text};
}

// The permutation that brings axis 1 behind the others (axis 0 where one axis is missing), and the
// one that brings it back.
std::vector<int64_t> last_axes(int64_t rank, bool has_batch) {
  std::vector<int64_t> axes;
  if (has_batch) axes.push_back(0);
  for (int64_t axis = has_batch ? 2 : 1; axis < rank; ++axis) axes.push_back(axis);
  axes.push_back(has_batch ? 1 : 0);
  return axes;
}

std::vector<int64_t> first_axes(const Value& value) {
  std::vector<int64_t> axes = {0, value.type.shape->rank() - 1};
  for (int64_t axis = 1; axis + 1 < value.type.shape->rank(); ++axis) axes.push_back(axis);
  return axes;
}

// Of TensorFlow, whose layers are the only ones that want the channels last.
Code transposed(const Code& array, const std::vector<int64_t>& axes) {
  return call("tf.transpose", {array, python_tuple(axes)});
}

}  // namespace

const SourceRow* find_row(const Framework& framework, std::string_view domain,
                          std::string_view op) {
  for (const SourceRow& row : framework.rows()) {
    if (row.op == op && row.domain == domain) return &row;
  }
  return nullptr;
}

const Tensor* LineWriter::constant(ValueId id) const {
  const Tensor* tensor = facts_.known(id);
  return tensor == nullptr || is_trained(facts_.graph().value(id)) ? nullptr : tensor;
}

Code LineWriter::array(ValueId id) {
  auto& code = codes_[static_cast<size_t>(id)];
  if (code) return *code;
  const Value& value = facts_.graph().value(id);
  const Tensor* known = facts_.known(id);
  if (known == nullptr) {
    const auto last = channels_last_.find(id);
    if (last == channels_last_.end()) return value_reference(id);
    program_.lines.push_back({{id}, transposed(last->second, first_axes(value)).text, "", ""});
    code = value_reference(id);
    return *code;
  }
  const bool small = known->rank() == 0 || (known->element_count() <= kMostLiteralElements &&
                                            !is_floating_point(known->type()));
  if (small && !is_trained(value)) {
    code = framework_.literal(*known);
  } else {
    Member member = framework_.tensor_member(value, *known, is_trained(value));
    member.tensors = {{"", id, is_trained(value)}};
    code = add_member(std::move(member));
  }
  return *code;
}

Code LineWriter::channels_last(ValueId id, int64_t rank) {
  const Value& value = facts_.graph().value(id);
  if (!value.type.is_tensor() || !value.type.shape) fail_unsupported("a rank that is not known");
  const int64_t own_rank = value.type.shape->rank();
  if (own_rank == 0 || rank < 3) return array(id);
  if (own_rank + 1 < rank) return call("tf.expand_dims", {array(id), {"-1"}});
  if (own_rank < rank) return transposed(array(id), last_axes(own_rank, false));
  const auto found = channels_last_.find(id);
  if (found != channels_last_.end()) return found->second;
  const Code plain = array(id);
  codes_[static_cast<size_t>(id)] = plain;
  const auto turned = turned_.find(id);
  if (turned != turned_.end()) return channels_last_[id] = turned->second;
  const Code last = transposed(plain, last_axes(own_rank, true));
  return channels_last_[id] = add_variables(last, "", 1)[0];
}

Code LineWriter::extent(const Code& array, int64_t axis) const {
  std::string text(framework_.extent);
  text.replace(text.find("{1}"), 3, std::to_string(axis));
  return {text.replace(text.find("{0}"), 3, in_place(array, Binding::kAtom))};
}

Code LineWriter::add_member(Member member) {
  program_.members.push_back(std::move(member));
  return member_reference(program_.members.size() - 1);
}

std::vector<Code> LineWriter::add_variables(const Code& code, std::string_view format,
                                            size_t count) {
  SourceLine line{{}, code.text, "", std::string(format)};
  std::vector<Code> variables;
  for (size_t i = 0; i < count; ++i) {
    const size_t id = facts_.graph().values().size() + new_variables_++;
    line.targets.push_back(static_cast<ValueId>(id));
    variables.push_back(value_reference(line.targets.back()));
  }
  program_.lines.push_back(std::move(line));
  return variables;
}

const Code* LineWriter::squeezed(ValueId id, int64_t axis) const {
  const auto found = squeezed_.find({id, axis});
  return found == squeezed_.end() ? nullptr : &found->second;
}

std::vector<Code> LineWriter::written(const Node& node, const SourceRow& row, bool channels_last) {
  NodeWriter writer(*this, node, channels_last);
  if (!row.pattern.empty()) return {from_pattern(row.pattern, writer)};
  return row.write(writer);
}

void LineWriter::write_node(const Node& node) {
  const auto is_known = [this](ValueId id) { return id == kNoValue || facts_.known(id); };
  if (std::ranges::all_of(node.outputs, is_known)) return;
  const size_t members = program_.members.size();
  try {
    const SourceRow* row =
        node.op == nullptr ? nullptr : find_row(framework_, node.op->domain, node.op->name);
    if (row == nullptr) fail_unsupported(op_name(node));
    const bool last = row->channels_last != nullptr && row->channels_last(NodeWriter(*this, node));
    try {
      add_lines(node, written(node, *row, last), last);
    } catch (const Error& error) {
      throw error.at(op_name(node));
    }
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::kUnsupported) throw;
    program_.members.resize(members);
    for (auto& code : codes_) {
      if (code && code->text.find('\x01') == 0 && pieces_of(code->text)[0].index >= members &&
          pieces_of(code->text)[0].kind == CodePiece::Kind::kMember) {
        code.reset();
      }
    }
    program_.lines.push_back({node.outputs, "", error.what(), ""});
  }
}

void LineWriter::add_line(ValueId id, const Code& code, bool channels_last) {
  if (channels_last) {
    channels_last_[id] = is_reference(code) ? code : add_variables(code, "", 1)[0];
  } else if (is_reference(code)) {
    codes_[static_cast<size_t>(id)] = code;
  } else {
    program_.lines.push_back({{id}, code.text, "", ""});
  }
}

void LineWriter::add_lines(const Node& node, std::vector<Code> codes, bool channels_last) {
  if (codes.size() == 1 && codes[0].binding == Binding::kTuple) {
    program_.lines.push_back({node.outputs, codes[0].text, "", ""});
    return;
  }
  for (size_t i = 0; i < codes.size() && i < node.outputs.size(); ++i) {
    const ValueId id = node.outputs[i];
    if (id == kNoValue || codes[i].text.empty()) continue;
    add_line(id, codes[i], channels_last);
  }
}

void LineWriter::drop_dead_lines() {
  std::set<size_t> alive;
  const auto read = [&alive](std::string_view code) {
    for (const CodePiece& piece : pieces_of(code)) {
      if (piece.kind == CodePiece::Kind::kValue) alive.insert(piece.index);
    }
  };
  for (const Code& output : program_.outputs) read(output.text);
  auto& lines = program_.lines;
  std::vector<SourceLine> kept;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    bool is_read = false;
    for (ValueId& id : line->targets) {
      const bool wanted = id != kNoValue && alive.contains(static_cast<size_t>(id));
      if (!wanted) id = kNoValue;
      is_read = is_read || wanted;
    }
    if (!is_read) continue;
    read(line->code);
    kept.push_back(std::move(*line));
  }
  std::ranges::reverse(kept);
  lines = std::move(kept);
}

void LineWriter::check_supported() const {
  std::vector<std::string> reasons;
  for (const SourceLine& line : program_.lines) {
    const bool is_new = std::ranges::find(reasons, line.unsupported) == reasons.end();
    if (!line.unsupported.empty() && is_new) reasons.push_back(line.unsupported);
  }
  if (reasons.empty()) return;
  std::string list;
  for (const std::string& reason : reasons) list += (list.empty() ? "" : "; ") + reason;
  fail_unsupported("not written for ", framework_.title, ": ", list);
}

SourceProgram LineWriter::write() {
  const Graph& graph = facts_.graph();
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    if (facts_.is_needed(static_cast<NodeId>(i))) write_node(graph.nodes()[i]);
  }
  for (const ValueId id : graph.outputs()) program_.outputs.push_back(array(id));
  drop_dead_lines();
  check_supported();
  std::erase_if(program_.helpers, [this](const std::string& helper) {
    const std::string called = helper + "(";
    const auto calls = [&called](const std::string& code) {
      return code.find(called) != std::string::npos;
    };
    return std::ranges::none_of(program_.lines, calls, &SourceLine::code) &&
           std::ranges::none_of(program_.functions, calls);
  });
  return std::move(program_);
}

std::string LineWriter::free_function_name(std::string_view name) {
  if (outer_ != nullptr) return outer_->free_function_name(name);
  std::string free(name);
  for (int number = 2; !function_names_.insert(free).second; ++number) {
    free = std::string(name) + std::to_string(number);
  }
  return free;
}

std::string LineWriter::add_function(const Graph& body, std::string_view name) {
  const GraphFacts facts(body);
  LineWriter writer(framework_, facts, *this);
  SourceProgram program = writer.write();
  const bool trains = program.helpers.contains("batch_norm") || !program.draws.empty();
  if (trains) fail_unsupported("layers that train in a nested graph");
  if (!program.members.empty()) fail_unsupported("weights of its own in a nested graph");
  NamedLines lines = named_lines(program, body.inputs(), {}, false, {});
  fold_result(lines);
  std::string parameters;
  for (const std::string& input : lines.inputs) {
    parameters += (parameters.empty() ? "" : ", ") + input;
  }
  std::string function = free_function_name(name);
  PythonFile text;
  text.add(0, "def " + function + "(" + parameters + "):");
  for (const std::string& statement : lines.statements) text.add(1, statement);
  text.add(1, "return " + lines.result);
  program_.helpers.merge(program.helpers);
  std::ranges::move(program.functions, std::back_inserter(program_.functions));
  program_.functions.push_back(text.take());
  return function;
}

}  // namespace twingrad
