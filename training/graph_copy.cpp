#include "training/graph_copy.h"

namespace twingrad {

ValueMap copy_frame(const Graph& source, Builder& target) {
  Graph& copy = target.graph();
  copy_texts(source, copy);
  ValueMap map = replay_data(source, target);
  for (size_t i = 0; i < source.inputs().size(); ++i) {
    const ValueId id = source.inputs()[i];
    map[static_cast<size_t>(id)] = copy.add_input(source.value(id), i >= source.formal_count());
  }
  return map;
}

Type fixed_type(const Value& input, const std::map<std::string, int64_t>& dims,
                const std::map<std::string, Shape>& shapes) {
  Type type = input.type;
  const auto shape = shapes.find(input.name);
  if (shape != shapes.end()) {
    return intersection_of(type, Type::tensor(type.element, PartialShape(shape->second)));
  }
  if (!type.shape) return type;
  for (int64_t axis = 0; axis < type.shape->rank(); ++axis) {
    Dimension& dim = (*type.shape)[axis];
    const auto fixed = dims.find(dim.symbol);
    if (!dim.known() && fixed != dims.end()) dim = Dimension(fixed->second);
  }
  return type;
}

ValueId named_output(Builder& builder, ValueId id, const std::string& name) {
  NodeSpec spec;
  spec.op = "Identity";
  spec.inputs = {id};
  spec.outputs = {builder.graph().free_name(name)};
  return builder.emit(std::move(spec))[0];
}

}  // namespace twingrad
