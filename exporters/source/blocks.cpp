#include "exporters/source/blocks.h"

#include <algorithm>
#include <map>

#include "exporters/source/member_paths.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/segments.h"

namespace twingrad {
namespace {

// Shorter runs, and runs of one member, are as readable where they stand.
constexpr size_t kShortestNamed = 3;
constexpr size_t kShortestUnnamed = 4;

using Group = std::vector<const Segment*>;

bool is_worth_it(const SourceProgram& program, const Segment& segment, bool named) {
  if (segment.members.size() < 2) return false;
  if (named) return !segment.prefix.empty() && segment.length >= kShortestNamed;
  const auto has_name = [&program](size_t index) { return !program.members[index].path.empty(); };
  return segment.length >= kShortestUnnamed && std::ranges::none_of(segment.members, has_name);
}

// Occurrences that do not overlap each other or what is taken, from the beginning.
Group disjoint(const Group& candidates, const std::vector<bool>& taken) {
  Group chosen;
  size_t free_from = 0;
  for (const Segment* segment : candidates) {
    const auto first = taken.begin() + static_cast<std::ptrdiff_t>(segment->first);
    const auto end = taken.begin() + static_cast<std::ptrdiff_t>(segment->end());
    if (segment->first < free_from || std::find(first, end, true) != end) continue;
    chosen.push_back(segment);
    free_from = segment->end();
  }
  return chosen;
}

size_t saved_lines(const Group& group) {
  return group.size() < 2 ? 0 : (group.size() - 1) * group[0]->length;
}

Group best_group(const std::map<uint64_t, Group>& groups, const std::vector<bool>& taken) {
  Group best;
  for (const auto& [shape, candidates] : groups) {
    Group group = disjoint(candidates, taken);
    const size_t saved = saved_lines(group);
    const size_t most = saved_lines(best);
    const bool is_better = saved > most ||
                           (saved == most && saved > 0 && group[0]->length > best[0]->length) ||
                           (saved == most && saved > 0 && group[0]->length == best[0]->length &&
                            group[0]->first < best[0]->first);
    if (is_better) best = std::move(group);
  }
  return best;
}

std::vector<Group> chosen_groups(const SourceProgram& program,
                                 const std::vector<Segment>& segments) {
  std::vector<bool> taken(program.lines.size());
  std::vector<Group> chosen;
  for (const bool named : {true, false}) {
    std::map<uint64_t, Group> groups;
    for (const Segment& segment : segments) {
      if (!is_worth_it(program, segment, named)) continue;
      groups[named ? segment.named_shape : segment.shape].push_back(&segment);
    }
    std::erase_if(groups, [](const auto& entry) { return entry.second.size() < 2; });
    for (Group group = best_group(groups, taken); group.size() >= 2;
         group = best_group(groups, taken)) {
      for (const Segment* segment : group) {
        std::fill_n(taken.begin() + static_cast<std::ptrdiff_t>(segment->first), segment->length,
                    true);
      }
      chosen.push_back(std::move(group));
    }
  }
  std::ranges::sort(chosen, {}, [](const Group& group) { return group[0]->first; });
  return chosen;
}

// "layers.0" -> "Layer"; "layer1.0" -> "Layer"
std::string class_name(const Segment& segment) {
  std::string text = segment.prefix;
  const size_t last = text.rfind('.');
  const bool is_numbered = last != std::string::npos &&
                           text.find_first_not_of("0123456789", last + 1) == std::string::npos;
  if (is_numbered) text.resize(last);
  text = text.substr(text.rfind('.') + 1);
  while (!text.empty() && text.back() >= '0' && text.back() <= '9') text.pop_back();
  if (text.size() > 3 && text.ends_with("s") && !text.ends_with("ss")) text.pop_back();
  std::string name;
  bool upper = true;
  for (const char c : text) {
    if (c != '_') name += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '_';
  }
  return name.empty() || name == "Model" ? "Block" : name;
}

std::string unique_name(std::string name, std::set<std::string>& used) {
  for (int number = 2; !used.insert(name).second; ++number) {
    while (!name.empty() && name.back() >= '0' && name.back() <= '9') name.pop_back();
    name += std::to_string(number);
  }
  return name;
}

// What the constructor of a class has to be told: values of arguments that differ between
// occurrences; arguments that always agree are one.
class Parameters {
 public:
  Parameters(const SourceProgram& program, const Group& group) : program_(program), group_(group) {}

  // The name of the parameter, empty where all occurrences have one value.
  std::string name_for(size_t member, size_t argument) {
    std::vector<std::string> values;
    for (const Segment* segment : group_) {
      values.push_back(program_.members[segment->members[member]].arguments[argument].value);
    }
    if (std::ranges::count(values, values[0]) == static_cast<std::ptrdiff_t>(values.size())) {
      return {};
    }
    for (size_t i = 0; i < values_.size(); ++i) {
      if (values_[i] == values) return names_[i];
    }
    const std::string& wanted =
        program_.members[group_[0]->members[member]].arguments[argument].name;
    names_.push_back(unique_name(wanted, used_));
    values_.push_back(std::move(values));
    return names_.back();
  }

  const std::vector<std::string>& names() const { return names_; }

  std::vector<MemberArgument> arguments(size_t occurrence) const {
    std::vector<MemberArgument> arguments;
    for (size_t i = 0; i < names_.size(); ++i) {
      arguments.push_back({names_[i], values_[i][occurrence], names_.size() <= 1});
    }
    return arguments;
  }

 private:
  const SourceProgram& program_;
  const Group& group_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> values_;
  std::set<std::string> used_;
};

class Folding {
 public:
  explicit Folding(SourceProgram program) : program_(std::move(program)) {}

  FoldedProgram fold() {
    const std::vector<Segment> segments = segments_of(program_);
    for (const Group& group : chosen_groups(program_, segments)) add_class(group);
    build_root();
    return std::move(result_);
  }

 private:
  void add_class(const Group& group) {
    const Segment& first = *group[0];
    const bool named = is_worth_it(program_, first, true) &&
                       std::ranges::all_of(group, [&first](const Segment* segment) {
                         return segment->named_shape == first.named_shape;
                       });
    BlockClass block;
    block.name = unique_name(named ? class_name(first) : "Block", class_names_);
    block.inputs = first.inputs;
    Parameters parameters(program_, group);
    block.body = body_of(first, parameters, named);
    block.parameters = parameters.names();
    for (size_t i = 0; i < group.size(); ++i) {
      Member member;
      member.construct = block.name;
      member.arguments = parameters.arguments(i);
      member.path = named ? group[i]->prefix : "";
      member.fallback = "block";
      add_tensors(member, block.body, *group[i]);
      calls_[group[i]->first] = {group[i], member};
    }
    result_.blocks.push_back(std::move(block));
  }

  SourceProgram body_of(const Segment& segment, Parameters& parameters, bool named) const {
    SourceProgram body;
    body.graph = program_.graph;
    std::map<size_t, size_t> places;
    for (size_t i = 0; i < segment.members.size(); ++i) {
      places[segment.members[i]] = i;
      Member member = program_.members[segment.members[i]];
      member.path = named ? local_path(member, segment.prefix) : "";
      for (size_t k = 0; k < member.arguments.size(); ++k) {
        const std::string name = parameters.name_for(i, k);
        if (!name.empty()) member.arguments[k].value = name;
      }
      body.members.push_back(std::move(member));
    }
    for (size_t i = segment.first; i < segment.end(); ++i) {
      SourceLine line = program_.lines[i];
      line.code = with_members(line.code, places);
      body.lines.push_back(std::move(line));
    }
    body.outputs = {value_reference(segment.output)};
    const std::set<std::string> reserved(parameters.names().begin(), parameters.names().end());
    settle_paths(body, {});
    return body;
  }

  static std::string with_members(std::string_view code, const std::map<size_t, size_t>& places) {
    return named_code(code, [&places](const CodePiece& piece) {
      return piece.kind == CodePiece::Kind::kMember
                 ? member_reference(places.at(piece.index)).text
                 : value_reference(static_cast<ValueId>(piece.index)).text;
    });
  }

  void add_tensors(Member& member, const SourceProgram& body, const Segment& segment) const {
    for (size_t i = 0; i < segment.members.size(); ++i) {
      for (const MemberTensor& tensor : program_.members[segment.members[i]].tensors) {
        const std::string& path = body.members[i].path;
        member.tensors.push_back({tensor.suffix.empty() ? path : path + "." + tensor.suffix,
                                  tensor.value, tensor.trains});
      }
    }
  }

  void build_root() {
    SourceProgram& root = result_.root;
    root.graph = program_.graph;
    root.outputs = program_.outputs;
    root.helpers = program_.helpers;
    std::map<size_t, size_t> places;
    for (size_t i = 0; i < program_.lines.size(); ++i) {
      const auto found = calls_.find(i);
      if (found == calls_.end()) {
        root.lines.push_back(root_line(program_.lines[i], places));
        continue;
      }
      const auto& [segment, member] = found->second;
      root.members.push_back(member);
      std::vector<Code> inputs;
      for (const ValueId id : segment->inputs) inputs.push_back(value_reference(id));
      const Code code = call(member_reference(root.members.size() - 1).text, inputs);
      root.lines.push_back({{segment->output}, code.text, "", ""});
      i = segment->end() - 1;
    }
    for (Code& output : root.outputs)
      output.text = root_line({{}, output.text, "", ""}, places).code;
    settle_paths(root, {});
  }

  SourceLine root_line(SourceLine line, std::map<size_t, size_t>& places) {
    for (const CodePiece& piece : pieces_of(line.code)) {
      if (piece.kind != CodePiece::Kind::kMember || places.contains(piece.index)) continue;
      places[piece.index] = result_.root.members.size();
      result_.root.members.push_back(program_.members[piece.index]);
    }
    line.code = with_members(line.code, places);
    return line;
  }

  SourceProgram program_;
  FoldedProgram result_;
  std::set<std::string> class_names_ = {"Model"};
  std::map<size_t, std::pair<const Segment*, Member>> calls_;
};

}  // namespace

FoldedProgram with_blocks(SourceProgram program) {
  return Folding(std::move(program)).fold();
}

}  // namespace twingrad
