#include "importers/onnx/import_builder.h"

namespace twingrad {

std::vector<ValueId> ImportBuilder::emit(NodeSpec spec) {
  spec.outputs.resize(spec.output_count, "");
  for (auto& output : spec.outputs) {
    if (output && output->empty()) output = names_.numbered("value");
  }
  return Builder::emit(std::move(spec));
}

ValueId ImportBuilder::constant(Tensor data) {
  NodeSpec spec;
  spec.op = "Constant";
  spec.attributes.set("value", std::move(data));
  spec.outputs = {names_.numbered("constant")};
  return emit(std::move(spec))[0];
}

}  // namespace twingrad
