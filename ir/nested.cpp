#include "ir/nested.h"

namespace twingrad {

ValueId NestedGraph::capture(ValueId outside) {
  captured_.push_back(outside);
  return builder_.capture("", outer_, outside);
}

GraphPointer NestedGraph::finish(std::vector<ValueId> outputs) {
  graph_->set_outputs(std::move(outputs));
  return graph_;
}

namespace {

std::vector<ValueId> captured_in(NestedGraph& nested, std::span<const ValueId> outside) {
  std::vector<ValueId> inside;
  for (const ValueId id : outside) inside.push_back(nested.capture(id));
  return inside;
}

}  // namespace

std::vector<ValueId> emit_if(Builder& builder, ValueId condition, std::span<const ValueId> captures,
                             const BranchBody& then_branch, const BranchBody& else_branch) {
  NodeSpec spec;
  spec.op = "If";
  spec.inputs = {condition};
  for (const bool taken : {true, false}) {
    NestedGraph nested(builder);
    const std::vector<ValueId> inside = captured_in(nested, captures);
    std::vector<ValueId> outputs = (taken ? then_branch : else_branch)(nested.builder(), inside);
    spec.output_count = outputs.size();
    spec.captures = nested.captured();
    spec.attributes.set(taken ? "then_branch" : "else_branch", nested.finish(std::move(outputs)));
  }
  return builder.emit(std::move(spec));
}

std::vector<ValueId> emit_loop(Builder& builder, LoopSpec loop, const LoopBody& body) {
  NestedGraph nested(builder);
  const ValueId number = nested.formal(Type::tensor(DataType::kInt64, PartialShape{}));
  const ValueId go = nested.formal(Type::tensor(DataType::kBool, PartialShape{}));
  std::vector<ValueId> carried;
  for (size_t i = 0; i < loop.initial.size(); ++i) {
    carried.push_back(
        nested.formal(loop.types.empty() ? builder.type(loop.initial[i]) : loop.types[i]));
  }
  const std::vector<ValueId> inside = captured_in(nested, loop.captures);
  std::vector<ValueId> outputs{nested.builder().emit_one("Identity", {go})};
  for (const ValueId id : body({nested.builder(), number, carried, inside})) outputs.push_back(id);
  NodeSpec spec;
  spec.op = "Loop";
  spec.inputs = {loop.count, kNoValue};
  spec.inputs.insert(spec.inputs.end(), loop.initial.begin(), loop.initial.end());
  spec.captures = nested.captured();
  spec.output_count = outputs.size() - 1;
  spec.attributes.set("body", nested.finish(std::move(outputs)));
  return builder.emit(std::move(spec));
}

}  // namespace twingrad
