#include "exporters/source/segments.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace twingrad {
namespace {

constexpr size_t kMostInputs = 4;

uint64_t mixed(uint64_t seed, std::string_view text) {
  return (seed ^ std::hash<std::string_view>()(text)) * 0x9E3779B97F4A7C15ULL + 0x7F4A7C15ULL;
}

// How often values and members are read in the whole program.
struct Reads {
  std::map<size_t, size_t> values;
  std::map<size_t, size_t> members;

  void add(std::string_view code) {
    for (const CodePiece& piece : pieces_of(code)) {
      if (piece.kind == CodePiece::Kind::kValue) ++values[piece.index];
      if (piece.kind == CodePiece::Kind::kMember) ++members[piece.index];
    }
  }
};

std::string text_of(const Member& member) {
  std::string text = member.construct;
  for (const MemberArgument& argument : member.arguments) text += "," + argument.name;
  for (const MemberTensor& tensor : member.tensors) text += ";" + tensor.suffix;
  return text;
}

// The beginning that all paths share, up to a dot; empty where some member has no such beginning.
std::string common_prefix(const SourceProgram& program, const std::vector<size_t>& members) {
  std::optional<std::string> prefix;
  for (const size_t index : members) {
    const std::string& path = program.members[index].path;
    if (path.empty() && program.members[index].construct.empty()) continue;
    if (!prefix) prefix = path;
    size_t length = 0;
    while (length < std::min(prefix->size(), path.size()) && (*prefix)[length] == path[length]) {
      ++length;
    }
    const bool at_dot = length > 0 && (length == path.size() || path[length] == '.') &&
                        (length == prefix->size() || (*prefix)[length] == '.');
    if (!at_dot) {
      const size_t dot = prefix->rfind('.', length == 0 ? 0 : length - 1);
      length = dot == std::string::npos ? 0 : dot;
    }
    prefix->resize(length);
    if (*prefix == path) prefix->resize(path.find('.') == std::string::npos ? 0 : path.rfind('.'));
    if (prefix->empty()) return {};
  }
  return prefix.value_or("");
}

// The prefix, shortened until no path behind it begins with a number: a class has no such members.
std::string class_prefix(const SourceProgram& program, const std::vector<size_t>& members) {
  std::string prefix = common_prefix(program, members);
  const auto is_numbered = [&](size_t index) {
    const std::string local = local_path(program.members[index], prefix);
    return !local.empty() && local[0] >= '0' && local[0] <= '9';
  };
  while (!prefix.empty() && std::ranges::any_of(members, is_numbered)) {
    prefix.resize(prefix.find('.') == std::string::npos ? 0 : prefix.rfind('.'));
  }
  return prefix;
}

// Grows a run line by line.
class Run {
 public:
  Run(const SourceProgram& program, const Reads& reads, size_t first)
      : program_(program), reads_(reads) {
    segment_.first = first;
  }

  void add(const SourceLine& line) {
    std::string text;
    for (const CodePiece& piece : pieces_of(line.code)) {
      if (piece.kind == CodePiece::Kind::kText) text += piece.text;
      if (piece.kind == CodePiece::Kind::kValue) text += read_value(piece.index);
      if (piece.kind == CodePiece::Kind::kMember) text += read_member(piece.index);
    }
    for (const ValueId id : line.targets) {
      text += id == kNoValue ? "_" : "=";
      if (id == kNoValue) continue;
      inside_.emplace(id, inside_.size());
      open_values_.emplace(static_cast<size_t>(id), reads_.values.at(static_cast<size_t>(id)));
    }
    segment_.shape = mixed(segment_.shape, text);
    ++segment_.length;
  }

  bool is_closed() const {
    return open_values_.size() == 1 && open_members_.empty() &&
           segment_.inputs.size() <= kMostInputs && !segment_.inputs.empty();
  }
  bool is_hopeless() const { return segment_.inputs.size() > kMostInputs; }

  Segment segment() const {
    Segment result = segment_;
    result.output = static_cast<ValueId>(open_values_.begin()->first);
    result.shape = mixed(result.shape, std::to_string(inside_.at(result.output)));
    result.prefix = class_prefix(program_, result.members);
    result.named_shape = result.shape;
    for (const size_t index : result.members) {
      result.named_shape =
          mixed(result.named_shape, local_path(program_.members[index], result.prefix));
    }
    return result;
  }

 private:
  std::string read_value(size_t index) {
    const auto id = static_cast<ValueId>(index);
    if (const auto known = inside_.find(id); known != inside_.end()) {
      auto open = open_values_.find(index);
      if (--open->second == 0) open_values_.erase(open);
      return "v" + std::to_string(known->second);
    }
    const auto at = std::ranges::find(segment_.inputs, id);
    const auto place = at - segment_.inputs.begin();
    if (at == segment_.inputs.end()) segment_.inputs.push_back(id);
    return "i" + std::to_string(place);
  }

  std::string read_member(size_t index) {
    const auto at = std::ranges::find(segment_.members, index);
    const auto place = at - segment_.members.begin();
    if (at == segment_.members.end()) {
      segment_.members.push_back(index);
      open_members_[index] = reads_.members.at(index);
    }
    if (--open_members_[index] == 0) open_members_.erase(index);
    return "m" + std::to_string(place) + text_of(program_.members[index]);
  }

  const SourceProgram& program_;
  const Reads& reads_;
  Segment segment_;
  std::map<ValueId, size_t> inside_;
  std::map<size_t, size_t> open_values_;  // with the number of reads that are still to come
  std::map<size_t, size_t> open_members_;
};

bool reads_member(const SourceLine& line) {
  return std::ranges::any_of(pieces_of(line.code), [](const CodePiece& piece) {
    return piece.kind == CodePiece::Kind::kMember;
  });
}

}  // namespace

std::string local_path(const Member& member, const std::string& prefix) {
  if (member.path.empty() || prefix.empty()) return {};
  return member.path.substr(prefix.size() + 1);
}

std::vector<Segment> segments_of(const SourceProgram& program) {
  Reads reads;
  for (const SourceLine& line : program.lines) reads.add(line.code);
  for (const Code& output : program.outputs) reads.add(output.text);
  std::vector<Segment> segments;
  for (size_t first = 0; first < program.lines.size(); ++first) {
    if (!reads_member(program.lines[first])) continue;
    Run run(program, reads, first);
    const size_t end = std::min(program.lines.size(), first + kLongestSegment);
    for (size_t i = first; i < end && !run.is_hopeless(); ++i) {
      run.add(program.lines[i]);
      if (run.is_closed()) segments.push_back(run.segment());
    }
  }
  return segments;
}

}  // namespace twingrad
