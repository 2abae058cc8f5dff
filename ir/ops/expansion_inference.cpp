#include "ir/ops/expansion_inference.h"

#include "ir/builder.h"

namespace twingrad {
namespace {

ValueId replica(Builder& builder, const InferContext::Input& input) {
  if (input.data != nullptr) return builder.constant(*input.data);
  Value value;
  value.type = *input.type;
  if (input.contents != nullptr) value.contents = *input.contents;
  return builder.graph().add_input(std::move(value));
}

}  // namespace

void infer_by_expansion(InferContext& context) {
  Graph scratch;
  Builder builder(scratch);
  Node node;
  node.op = &context.op();
  node.attributes = context.attributes();
  for (size_t i = 0; i < context.input_count(); ++i) {
    if (!context.has_input(i)) {
      node.inputs.push_back(kNoValue);
      continue;
    }
    if (context.shape(i) == nullptr) return;
    node.inputs.push_back(replica(builder, context.inputs()[i]));
  }
  for (const InferContext::Output& output : context.outputs()) {
    node.outputs.push_back(output.wanted ? 0 : kNoValue);  // only whether it is wanted matters here
  }
  const std::vector<ValueId> results = node.op->expand(builder, node, node.inputs);
  for (size_t k = 0; k < context.output_count() && k < results.size(); ++k) {
    if (results[k] == kNoValue) continue;
    context.set_type(k, builder.type(results[k]));
    if (auto contents = builder.contents(results[k])) {
      context.set_contents(k, std::move(*contents));
    }
  }
}

}  // namespace twingrad
