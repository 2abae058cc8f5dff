#include "exporters/source/member_tree.h"
#include "ir/error.h"

#include <algorithm>
#include <map>
#include <optional>

namespace twingrad {
namespace {

void insert(MemberTree& tree, std::string_view path, size_t member) {
  const size_t dot = std::min(path.find('.'), path.size());
  const std::string_view part = path.substr(0, dot);
  auto child = std::ranges::find(tree.children, part,
                                 [](const auto& entry) { return std::string_view(entry.name); });
  if (child == tree.children.end()) {
    tree.children.push_back({std::string(part), MemberTree()});
    child = tree.children.end() - 1;
  }
  if (dot == path.size()) {
    child->tree.member = member;
  } else {
    insert(child->tree, path.substr(dot + 1), member);
  }
}

// A line "v = m(u)".
struct UnaryCall {
  size_t member = 0;
  ValueId input = kNoValue;
  ValueId output = kNoValue;
};

std::optional<UnaryCall> unary_call(const SourceLine& line) {
  const auto pieces = pieces_of(line.code);
  const bool matches = line.targets.size() == 1 && pieces.size() == 4 &&
                       pieces[0].kind == CodePiece::Kind::kMember && pieces[1].text == "(" &&
                       pieces[2].kind == CodePiece::Kind::kValue && pieces[3].text == ")";
  if (!matches) return std::nullopt;
  return UnaryCall{pieces[0].index, static_cast<ValueId>(pieces[2].index), line.targets[0]};
}

class Chains {
 public:
  Chains(SourceProgram& program, const std::function<bool(const MemberTree&)>& fits)
      : program_(program), fits_(fits) {
    for (const SourceLine& line : program.lines) note_reads(line.code);
    for (const Code& output : program.outputs) note_reads(output.text);
  }

  void visit(const MemberTree& tree, const std::string& path) {
    const bool is_chain =
        !path.empty() && tree.is_list() && tree.children.size() > 1 &&
        std::ranges::all_of(tree.children, [](const auto& child) { return child.tree.is_leaf(); });
    if (is_chain && fits_(tree) && join(tree, path)) return;
    for (const auto& [name, child] : tree.children) {
      if (!child.is_leaf()) visit(child, path.empty() ? name : join_text(path, ".", name));
    }
  }

  std::vector<std::string> take_paths() { return std::move(paths_); }

 private:
  void note_reads(std::string_view code) {
    for (const CodePiece& piece : pieces_of(code)) {
      if (piece.kind == CodePiece::Kind::kValue) ++reads_[piece.index];
      if (piece.kind == CodePiece::Kind::kMember) ++calls_[piece.index];
    }
  }

  // Whether line `first + i` calls child i on the result of the line before.
  bool is_chain(const MemberTree& list, size_t first) const {
    ValueId last = kNoValue;
    for (size_t i = 0; i < list.children.size(); ++i) {
      if (first + i >= program_.lines.size()) return false;
      const auto call = unary_call(program_.lines[first + i]);
      if (!call || call->member != list.children[i].tree.member) return false;
      if (calls_.at(call->member) != 1) return false;
      if (i > 0 && (call->input != last || reads_.at(static_cast<size_t>(last)) != 1)) return false;
      last = call->output;
    }
    return true;
  }

  bool join(const MemberTree& list, const std::string& path) {
    for (size_t first = 0; first < program_.lines.size(); ++first) {
      if (!is_chain(list, first)) continue;
      const auto begin = program_.lines.begin() + static_cast<std::ptrdiff_t>(first);
      const auto end = begin + static_cast<std::ptrdiff_t>(list.children.size());
      Member whole;
      whole.path = path;
      program_.members.push_back(std::move(whole));
      const Code input = value_reference(unary_call(*begin)->input);
      const ValueId output = (end - 1)->targets[0];
      program_.lines.erase(begin + 1, end);
      program_.lines[first] = {
          {output}, call(member_reference(program_.members.size() - 1).text, {input}).text, "", ""};
      paths_.push_back(path);
      return true;
    }
    return false;
  }

  SourceProgram& program_;
  const std::function<bool(const MemberTree&)>& fits_;
  std::map<size_t, size_t> reads_;
  std::map<size_t, size_t> calls_;
  std::vector<std::string> paths_;
};

}  // namespace

bool MemberTree::is_list() const {
  for (size_t i = 0; i < children.size(); ++i) {
    if (children[i].name != std::to_string(i)) return false;
  }
  return !children.empty();
}

MemberTree member_tree(const SourceProgram& program) {
  MemberTree tree;
  for (size_t i = 0; i < program.members.size(); ++i) {
    insert(tree, program.members[i].path, i);
  }
  return tree;
}

std::string member_access(const MemberTree& tree, std::string_view path) {
  const MemberTree* at = &tree;
  std::string text = "self";
  while (!path.empty()) {
    const size_t dot = std::min(path.find('.'), path.size());
    const std::string part(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (at == &tree) {
      text += "." + part;
    } else {
      text += at->is_list() ? "[" + part + "]" : "[\"" + part + "\"]";
    }
    at = &std::ranges::find(at->children, part, [](const auto& child) { return child.name; })->tree;
  }
  return text;
}

std::vector<std::string> join_chains(SourceProgram& program, const MemberTree& tree,
                                     const std::function<bool(const MemberTree&)>& fits) {
  Chains chains(program, fits);
  chains.visit(tree, "");
  return chains.take_paths();
}

}  // namespace twingrad
