#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "ir/builder.h"

namespace twingrad {

// Control flow for expansions and derivative rows that write it themselves.

// A nested graph under construction. What it takes from outside becomes a capture of it, and an
// input of the node that will hold it.
class NestedGraph {
 public:
  explicit NestedGraph(Builder& outer) : outer_(outer) {}

  Builder& builder() { return builder_; }
  ValueId formal(Type type) { return builder_.input("", std::move(type)); }
  // The value inside for a value outside, a new one each time.
  ValueId capture(ValueId outside);
  const std::vector<ValueId>& captured() const { return captured_; }
  GraphPointer finish(std::vector<ValueId> outputs);

 private:
  Builder& outer_;
  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
  Builder builder_{*graph_};
  std::vector<ValueId> captured_;
};

// The outputs of a branch; `captured` are the values inside for those that were named.
using BranchBody =
    std::function<std::vector<ValueId>(Builder& builder, std::span<const ValueId> captured)>;

// An If of two branches with equally many outputs.
std::vector<ValueId> emit_if(Builder& builder, ValueId condition, std::span<const ValueId> captures,
                             const BranchBody& then_branch, const BranchBody& else_branch);

// One turn of a loop, as its body sees it.
struct LoopTurn {
  Builder& builder;
  ValueId number;  // int64 scalar, from 0
  std::span<const ValueId> carried;
  std::span<const ValueId> captured;
};
// The carried values after the turn, then the slices of scan outputs.
using LoopBody = std::function<std::vector<ValueId>(const LoopTurn&)>;

struct LoopSpec {
  ValueId count;  // int64 scalar: the number of turns
  std::vector<ValueId> initial;
  // Of the carried values in every turn; empty: those that the initial values have.
  std::vector<Type> types = {};
  std::vector<ValueId> captures = {};
};

// A Loop of a number of turns that is known before it starts.
std::vector<ValueId> emit_loop(Builder& builder, LoopSpec spec, const LoopBody& body);

}  // namespace twingrad
