#include "surgery/batch_probe.h"

#include <algorithm>
#include <optional>

#include "ir/error.h"
#include "ir/graph_queries.h"
#include "ir/model.h"
#include "surgery/input_types.h"

namespace twingrad {
namespace {

int64_t smallest_prime_from(int64_t number) {
  const auto is_prime = [](int64_t n) {
    for (int64_t divisor = 2; divisor * divisor <= n; ++divisor) {
      if (n % divisor == 0) return false;
    }
    return true;
  };
  while (!is_prime(number)) ++number;
  return number;
}

class BatchOpening {
 public:
  BatchOpening(const Graph& source, const std::vector<bool>& batched, const BatchName& batch)
      : source_(source),
        batched_(batched),
        batch_(batch),
        // So large that nothing else has it, and no factor of what extents are multiplied with.
        probe_(smallest_prime_from(std::max<int64_t>(100'003, 2 * batch.extent))) {
    mark_dependent();
  }

  OpenBatch open(const std::vector<Type>& types) {
    const Graph probed = made(numbered(types), true);
    check_outputs(probed);
    changes_.clear();
    OpenBatch result{made(types, false), {}};
    result.changes = std::move(changes_);
    return result;
  }

 private:
  // Which values the batch has a part in.
  void mark_dependent() {
    dependent_.resize(source_.values().size());
    for (size_t i = 0; i < batched_.size(); ++i) {
      dependent_[static_cast<size_t>(source_.inputs()[i])] = batched_[i];
    }
    for (const Node& node : source_.nodes()) {
      const bool any = std::ranges::any_of(node.inputs, [this](ValueId id) { return depends(id); });
      for (const ValueId id : node.outputs) {
        if (id != kNoValue) dependent_[static_cast<size_t>(id)] = any;
      }
    }
  }

  bool depends(ValueId id) const { return id != kNoValue && dependent_[static_cast<size_t>(id)]; }

  std::vector<Type> numbered(std::vector<Type> types) const {
    for (Type& type : types) {
      if (!type.is_tensor() || !type.shape) continue;
      for (int64_t axis = 0; axis < type.shape->rank(); ++axis) {
        Dimension& dim = (*type.shape)[axis];
        if (dim.symbol == batch_.name) dim = Dimension(probe_);
      }
    }
    return types;
  }

  Graph made(const std::vector<Type>& types, bool is_probe) {
    Graph result;
    Builder builder(result);
    map_ = replay_frame(source_, builder, nullptr, types);
    for (const Node& node : source_.nodes()) {
      try {
        emit(node, builder);
      } catch (const Error& error) {
        if (!is_probe) throw;
        fail("the model is for batches of ", batch_.extent, " only: for one of ", probe_, " ",
             error.what(), suspect_before(node));
      }
    }
    result.set_outputs(mapped(source_.outputs(), map_));
    return result;
  }

  void emit(const Node& node, Builder& builder) {
    if (!is_operator(node, "Reshape") || !depends(node.inputs[0])) {
      return replay_node(source_, node, builder, map_);
    }
    const std::optional<Tensor> shape = opened_shape(node, builder);
    if (!shape) return replay_node(source_, node, builder, map_);
    const ValueId old = map_[static_cast<size_t>(node.inputs[1])];
    map_[static_cast<size_t>(node.inputs[1])] = builder.constant(*shape);
    replay_node(source_, node, builder, map_);
    map_[static_cast<size_t>(node.inputs[1])] = old;
  }

  // The shape of a Reshape without the number of the batch in front: what -1 leaves to it, or, if
  // that stands elsewhere, what 0 copies from an input that begins with the batch.
  std::optional<Tensor> opened_shape(const Node& node, Builder& builder) {
    const auto shape = builder.contents(map_[static_cast<size_t>(node.inputs[1])]);
    if (!shape || shape->rank() == 0 || !shape->known()) return std::nullopt;
    std::vector<int64_t> extents = shape->shape().extents();
    if (extents[0] != batch_.extent) return std::nullopt;
    const std::string before = join_text(Shape(extents));
    const Type& data = source_.value(node.inputs[0]).type;
    if (std::ranges::count(extents, -1) == 0) {
      extents[0] = -1;
    } else if (data.shape && data.shape->rank() > 0 && (*data.shape)[0].is(batch_.extent) &&
               !node.attributes.flag("allowzero")) {
      extents[0] = 0;
    } else {
      return std::nullopt;
    }
    changes_.push_back(node_place(source_, node) + ": " + before + " -> " +
                       join_text(Shape(extents)));
    return Tensor::of<int64_t>({shape->rank()}, extents);
  }

  // A Reshape between the batch and a node that may be why it does not fit there.
  std::string suspect_before(const Node& node) const {
    std::vector<const Node*> open{&node};
    std::vector<bool> seen(source_.values().size());
    for (size_t i = 0; i < open.size(); ++i) {
      if (i > 0 && is_operator(*open[i], "Reshape") && has_number(*open[i])) {
        return "; " + node_place(source_, *open[i]) + " before it has that number in its shape";
      }
      for (const ValueId id : open[i]->inputs) {
        if (!depends(id) || seen[static_cast<size_t>(id)]) continue;
        seen[static_cast<size_t>(id)] = true;
        const NodeId producer = source_.value(id).producer;
        if (producer != kNoNode) open.push_back(&source_.node(producer));
      }
    }
    return "";
  }

  bool has_number(const Node& node) const {
    const Type& type = source_.value(node.outputs[0]).type;
    return type.shape && std::ranges::any_of(*type.shape, [this](const Dimension& extent) {
             return extent.is(batch_.extent);
           });
  }

  bool begins_with(const Graph& graph, ValueId id, int64_t extent) const {
    const Type& type = graph.value(id).type;
    return type.is_tensor() && type.shape && type.shape->rank() > 0 && (*type.shape)[0].is(extent);
  }

  // The value begins with the batch in the source, and with the same number for another batch.
  bool is_stuck(const Graph& probed, ValueId id) const {
    return depends(id) && begins_with(source_, id, batch_.extent) &&
           begins_with(probed, map_[static_cast<size_t>(id)], batch_.extent);
  }

  void check_outputs(const Graph& probed) const {
    for (const ValueId id : source_.outputs()) {
      if (!is_stuck(probed, id)) continue;
      fail("the model is for batches of ", batch_.extent, " only: output ",
           quoted_name(source_.value(id).name), " begins with that number for another batch too",
           maker_of_stuck(probed, id));
    }
  }

  // The node that made the batch a fixed number: its inputs follow the batch, its output does not.
  std::string maker_of_stuck(const Graph& probed, ValueId id) const {
    while (source_.value(id).producer != kNoNode) {
      const Node& node = source_.node(source_.value(id).producer);
      const auto before = std::ranges::find_if(
          node.inputs, [&](ValueId input) { return input != kNoValue && is_stuck(probed, input); });
      if (before == node.inputs.end()) return ", which " + node_place(source_, node) + " made it";
      id = *before;
    }
    return "";
  }

  const Graph& source_;
  const std::vector<bool>& batched_;
  const BatchName& batch_;
  int64_t probe_;
  std::vector<bool> dependent_;
  ValueMap map_;
  std::vector<std::string> changes_;
};

}  // namespace

OpenBatch with_number_opened(const Graph& graph, const std::vector<Type>& types,
                             const std::vector<bool>& batched, const BatchName& batch) {
  return BatchOpening(graph, batched, batch).open(types);
}

}  // namespace twingrad
