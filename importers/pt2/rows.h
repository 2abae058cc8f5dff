#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "importers/pt2/call.h"

namespace twingrad {

using Call = const AtenCall&;

// The results of a node in order, a list of tensors one by one; kNoValue for one that nothing here
// computes.
struct AtenResults {
  std::vector<ValueId> ids;

  AtenResults() = default;
  AtenResults(Expr one) : ids{one.id()} {}  // NOLINT: a result is results
  AtenResults(std::initializer_list<Expr> all) {
    for (const Expr& one : all) ids.push_back(one.id());
  }
  AtenResults(const std::vector<Expr>& all) {  // NOLINT
    for (const Expr& one : all) ids.push_back(one.id());
  }
  static AtenResults of(std::vector<ValueId> ids) {
    AtenResults results;
    results.ids = std::move(ids);
    return results;
  }
};

using AtenEmit = std::function<AtenResults(Call)>;

// An operator of PyTorch, or several overloads that mean the same, as a function over Builder and
// Expr. The operator whose name ends in '_' is the same with its result in the place of `self`.
struct AtenRow {
  std::string_view targets;  // "aten.add.Tensor aten.add.Scalar"
  // "self, other, *, alpha=1": names with PyTorch's defaults; "..." for what nobody reads.
  std::string_view parameters;
  AtenEmit emit;
};

// A row for one of its targets, with its parameters read.
struct AtenOperator {
  std::string target;
  std::vector<AtenParameter> parameters;
  bool takes_anything = false;
  AtenEmit emit;
};

// nullptr if there is none. `target` as a program writes it, without "torch.ops.".
const AtenOperator* find_aten_operator(std::string_view target);
// Every one, in the order of targets.
std::vector<const AtenOperator*> all_aten_operators();
// Whether the operator writes into its argument `self`.
bool is_in_place(std::string_view target);

}  // namespace twingrad
