#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exporters/source/program.h"

namespace twingrad {

// A run of lines that could be a function: it leaves one value, and uses up its members.
struct Segment {
  size_t first = 0;
  size_t length = 0;
  std::vector<ValueId> inputs;  // in the order of their first use
  ValueId output = kNoValue;
  std::vector<size_t> members;  // in the order of their first use
  uint64_t shape = 0;           // equal for runs that compute the same with other members
  std::string prefix;           // of the paths of all members; empty: there is none
  uint64_t named_shape = 0;     // with the paths behind the prefix

  size_t end() const { return first + length; }
};

// Every run that begins with a line of a member and is at most kLongestSegment lines long.
inline constexpr size_t kLongestSegment = 120;
std::vector<Segment> segments_of(const SourceProgram& program);

// The path behind the prefix of its segment.
std::string local_path(const Member& member, const std::string& prefix);

}  // namespace twingrad
