#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exporters/source/program.h"

namespace twingrad {

// The members of a class by their paths: "layers.0.fc1" stands in "0" of "layers".
struct MemberTree {
  static constexpr size_t kNone = static_cast<size_t>(-1);
  struct Child;

  std::vector<Child> children;  // in the order of their first use
  size_t member = kNone;        // of a leaf

  bool is_leaf() const { return member != kNone; }
  // The children are 0, 1, 2, ...
  bool is_list() const;
};

struct MemberTree::Child {
  std::string name;
  MemberTree tree;
};

MemberTree member_tree(const SourceProgram& program);

// How a member is reached: "self.layers[0]["fc1"]" of "layers.0.fc1" below "self".
std::string member_access(const MemberTree& tree, std::string_view path);

// Where lines call all members of a list one after the other, each on the last one's result, one
// line that calls the list stands instead, if `fits` allows it. Returns the paths of these lists;
// they are members of the program now, behind the others and without a construct.
std::vector<std::string> join_chains(SourceProgram& program, const MemberTree& tree,
                                     const std::function<bool(const MemberTree&)>& fits);

}  // namespace twingrad
