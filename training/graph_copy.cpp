#include "training/graph_copy.h"

namespace twingrad {

ValueMap copy_frame(const Graph& source, Builder& target) {
  Graph& copy = target.graph();
  copy.name = source.name;
  copy.doc_string = source.doc_string;
  copy.metadata = source.metadata;
  ValueMap map = replay_data(source, target);
  for (size_t i = 0; i < source.inputs().size(); ++i) {
    const ValueId id = source.inputs()[i];
    map[static_cast<size_t>(id)] = copy.add_input(source.value(id), i >= source.formal_count());
  }
  return map;
}

}  // namespace twingrad
