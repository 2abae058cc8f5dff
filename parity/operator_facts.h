#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/op.h"

namespace twingrad {

// What is known of an operator, collected from the tables: nothing here is written by hand.
struct OperatorFacts {
  const OpDef* op = nullptr;
  std::vector<std::string> types;       // "T: float16, bfloat16, float, double"
  std::vector<std::string> attributes;  // "axis: int = 0", "perm: ints (optional)"
  std::vector<int64_t> upgraded_below;  // opsets below which it meant something else
  std::string runs;                     // "kernel (openblas)", "expansion", ...
  std::string gradient;                 // "A, B", "X, through its expansion", "none"
  // Conventions whose gradients differ, alike ones together: "torch, jax | tensorflow | ..."; empty
  // where there is one gradient for all. Found out by deriving every case under each.
  std::string conventions;
  std::vector<std::string> cases;  // labels in parity/op_cases
};

// Of every operator but the internal ones, ordered by domain and name.
std::vector<OperatorFacts> operator_facts();
// Of one, internal ones too.
OperatorFacts facts_of(const OpDef& op);

// All of them as a page in Markdown.
std::string operators_markdown(const std::vector<OperatorFacts>& facts);
// One for a terminal.
std::string operator_text(const OperatorFacts& facts);

}  // namespace twingrad
