#pragma once

#include <span>
#include <string>
#include <string_view>

namespace twingrad {

// What makes two frameworks disagree, as the reports name it; docs/causes.md is this table.
struct Cause {
  std::string_view name;
  std::string_view meaning;     // what differs
  std::string_view remedy;      // what to do about it
  std::string_view frameworks;  // where it comes from
};

// The more specific first: of two causes that explain the same tensors the earlier is meant.
std::span<const Cause> causes();

// Its place in the table; the name is one of the table.
size_t cause_order(std::string_view name);

// The page of causes, in Markdown.
std::string causes_markdown();

}  // namespace twingrad
