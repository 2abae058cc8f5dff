#pragma once

#include <set>
#include <string>
#include <vector>

#include "exporters/source/code.h"
#include "ir/model.h"

namespace twingrad {

// What one graph is as lines of Python, before anything has a name. The lines are single
// assignments in the order of the nodes; names, loops and classes are made of them afterwards.

struct MemberArgument {
  std::string name;   // "in_channels"
  std::string value;  // "64", a literal
  bool by_position = false;
};

// Data that a member holds: "weight" of a layer is the model's "fc1.weight".
struct MemberTensor {
  std::string suffix;  // empty: the member is this tensor and nothing else
  ValueId value = kNoValue;
  bool trains = true;  // false: a statistic or a constant
};

// What the model keeps between calls: a layer, a parameter, a constant.
struct Member {
  std::string construct;  // "nn.Linear"
  std::vector<MemberArgument> arguments = {};
  std::vector<MemberTensor> tensors = {};
  std::string path =
      {};  // "layers.0.fc1": by the names in the model; empty where they tell nothing
  std::string fallback = {};  // "linear": what to call it otherwise
};

// "fc1.weight", below the root of the model.
inline std::string path_of(const Member& member, const MemberTensor& tensor) {
  return tensor.suffix.empty() ? member.path : member.path + "." + tensor.suffix;
}

struct SourceLine {
  std::vector<ValueId> targets;  // kNoValue: not used; beyond the graph's values: made for the code
  std::string code;              // with references
  std::string unsupported;       // why there is no code
  std::string target_format;     // of the left side, "{0}, ({1}, {2})"; empty: targets with commas
};

struct SourceProgram {
  const Graph* graph = nullptr;
  std::vector<Member> members;
  std::vector<SourceLine> lines;
  std::set<std::string> helpers;       // functions that the lines call
  std::vector<std::string> functions;  // texts of those that are nested graphs, inner ones first
  std::vector<Code> outputs;           // the graph's
  std::vector<ValueId> draws;          // first outputs of the nodes that draw, in their order
  std::vector<ValueId> turned_draws;   // those of them that have the channels last here
};

}  // namespace twingrad
