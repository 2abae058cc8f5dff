#include "backends/static/storage.h"

#include <algorithm>
#include <map>

namespace twingrad {
namespace {

using Kind = Home::Kind;

class StoragePlanner {
 public:
  explicit StoragePlanner(const StorageRequest& request)
      : request_(request),
        graph_(request.graph),
        end_(static_cast<int64_t>(request.steps.size())),
        root_(graph_.values().size()),
        last_use_(graph_.values().size(), -1),
        buffer_of_(graph_.values().size(), kNoBuffer) {
    plan_.source.resize(graph_.values().size());
    plan_.homes.resize(graph_.values().size());
    plan_.staged.assign(graph_.outputs().size(), StoragePlan::kNotStaged);
    plan_.released.resize(request.steps.size());
    plan_.workspaces.resize(request.steps.size());
  }

  StoragePlan plan() {
    find_sources();
    find_last_uses();
    stage_variables();
    for (size_t i = 0; i < request_.steps.size(); ++i) place_outputs(i);
    place_workspaces();
    lay_out();
    find_releases();
    return std::move(plan_);
  }

 private:
  static constexpr size_t kNoBuffer = static_cast<size_t>(-1);

  ValueId& source(ValueId id) { return plan_.source[static_cast<size_t>(id)]; }
  ValueId& root(ValueId id) { return root_[static_cast<size_t>(id)]; }
  Home& home(ValueId id) { return plan_.homes[static_cast<size_t>(id)]; }
  int64_t& last_use(ValueId id) { return last_use_[static_cast<size_t>(id)]; }
  size_t& buffer_of(ValueId id) { return buffer_of_[static_cast<size_t>(id)]; }

  size_t bytes_of(ValueId id) const {
    const Type& type = graph_.value(id).type;
    return static_cast<size_t>(type.shape->shape().element_count()) * element_size(type.element);
  }

  // A value's source is where its bytes are; its root is the value whose life it prolongs, which
  // goes on through views that are only made at run time.
  void find_sources() {
    for (size_t i = 0; i < root_.size(); ++i) {
      plan_.source[i] = root_[i] = static_cast<ValueId>(i);
      const Value& value = graph_.values()[i];
      if (value.data) plan_.homes[i].kind = Kind::kData;
    }
    for (size_t i = 0; i < graph_.inputs().size(); ++i) {
      const bool variable = i + request_.variable_count >= graph_.inputs().size();
      const ValueId id = graph_.inputs()[i];
      home(id) = {variable ? Kind::kVariable : Kind::kInput, 0, variable ? id : kNoValue};
    }
    for (const Node& node : graph_.nodes()) {
      const ValueId output = node.outputs.empty() ? kNoValue : node.outputs[0];
      if (is_constant_node(node)) home(output).kind = Kind::kData;
      if (node.op->op_class != OpClass::kView) continue;
      root(output) = root(node.inputs[0]);
      if (is_static_view(graph_, node)) source(output) = source(node.inputs[0]);
    }
  }

  void find_last_uses() {
    for (size_t i = 0; i < request_.steps.size(); ++i) {
      for (const NodeId node : request_.steps[i].step->nodes) {
        for (const ValueId id : graph_.node(node).inputs) {
          if (id != kNoValue) last_use(root(id)) = static_cast<int64_t>(i);
        }
      }
    }
  }

  // Outputs that are (views of) variables must be saved before a step overwrites them.
  void stage_variables() {
    for (size_t i = 0; i < graph_.outputs().size(); ++i) {
      const ValueId id = graph_.outputs()[i];
      if (home(source(id)).kind == Kind::kVariable) {
        plan_.staged[i] = add_buffer(-1, end_, bytes_of(id));
      } else {
        last_use(root(id)) = end_;
      }
    }
  }

  size_t add_buffer(int64_t first, int64_t last, size_t bytes) {
    lifetimes_.push_back({first, last, bytes});
    return lifetimes_.size() - 1;
  }

  void place_outputs(size_t i) {
    const StepStorage& step = request_.steps[i];
    if (step.group != nullptr) {
      taken_.assign(step.group->inputs().size(), false);
      for (size_t k = 0; k < step.group->outputs().size(); ++k) {
        place_element_output(i, k);
      }
      return;
    }
    const Node& node = graph_.node(step.step->nodes[0]);
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      if (step.step->kind != ScheduledStep::Kind::kKernel) {
        home(id).kind = Kind::kDynamic;
      } else if (graph_.value(id).type.element == DataType::kString) {
        home(id).kind = Kind::kOwn;
      } else if (!place_in_variable(i, id, nullptr)) {
        place_in_buffer(i, id);
      }
    }
  }

  void place_in_buffer(size_t i, ValueId id) {
    const auto now = static_cast<int64_t>(i);
    home(id).kind = Kind::kArena;
    buffer_of(id) = add_buffer(now, std::max(now, last_use(id)), bytes_of(id));
  }

  // Whether the step reads the variable in a way that lets output k of the group overwrite it.
  bool overwrites_safely(const ElementGroup& group, ValueId variable, size_t k) {
    for (size_t input = 0; input < group.inputs().size(); ++input) {
      if (root(group.inputs()[input]) != variable) continue;
      if (taken_[input] || !group.can_overwrite(k, input)) return false;
    }
    return true;
  }

  bool place_in_variable(size_t i, ValueId id, const size_t* group_output) {
    for (size_t u = 0; u < request_.variable_count; ++u) {
      const ValueId value = graph_.outputs()[request_.output_count + u];
      if (source(value) != id) continue;
      const ValueId variable =
          graph_.inputs()[graph_.inputs().size() - request_.variable_count + u];
      const auto now = static_cast<int64_t>(i);
      const bool free = last_use(variable) < now ||
                        (last_use(variable) == now && group_output != nullptr &&
                         overwrites_safely(*request_.steps[i].group, variable, *group_output));
      if (!free) continue;
      home(id) = {Kind::kVariable, 0, variable};
      return true;
    }
    return false;
  }

  void place_element_output(size_t i, size_t k) {
    const ElementGroup& group = *request_.steps[i].group;
    const ValueId id = group.outputs()[k];
    if (place_in_variable(i, id, &k)) return;
    const auto now = static_cast<int64_t>(i);
    for (size_t input = 0; input < group.inputs().size(); ++input) {
      const ValueId old = root(group.inputs()[input]);
      if (buffer_of(old) == kNoBuffer || last_use(old) != now || taken_[input]) continue;
      if (!can_take(group, old, k)) continue;
      take(group, old);
      home(id).kind = Kind::kArena;
      buffer_of(id) = buffer_of(old);
      Lifetime& life = lifetimes_[buffer_of(id)];
      life.last = std::max(life.last, last_use(id));
      return;
    }
    place_in_buffer(i, id);
  }

  // All inputs of the group that lie in the storage of `old` must allow it.
  bool can_take(const ElementGroup& group, ValueId old, size_t k) {
    for (size_t input = 0; input < group.inputs().size(); ++input) {
      if (root(group.inputs()[input]) == old && !group.can_overwrite(k, input)) return false;
    }
    return true;
  }

  void take(const ElementGroup& group, ValueId old) {
    for (size_t input = 0; input < group.inputs().size(); ++input) {
      if (root(group.inputs()[input]) == old) taken_[input] = true;
    }
  }

  void place_workspaces() {
    for (size_t i = 0; i < request_.steps.size(); ++i) {
      const auto now = static_cast<int64_t>(i);
      plan_.workspaces[i] = add_buffer(now, now, request_.steps[i].workspace_bytes);
    }
  }

  void lay_out() {
    const MemoryPlan memory = plan_memory(lifetimes_);
    plan_.arena_bytes = memory.bytes;
    plan_.lower_bound = memory.lower_bound;
    for (size_t& workspace : plan_.workspaces) workspace = memory.offsets[workspace];
    for (size_t& staged : plan_.staged) {
      if (staged != StoragePlan::kNotStaged) staged = memory.offsets[staged];
    }
    for (size_t i = 0; i < plan_.homes.size(); ++i) {
      if (buffer_of_[i] != kNoBuffer) plan_.homes[i].offset = memory.offsets[buffer_of_[i]];
    }
    for (size_t i = 0; i < plan_.homes.size(); ++i) {
      plan_.homes[i] = home(plan_.source[i]);
    }
  }

  void find_releases() {
    for (size_t i = 0; i < plan_.homes.size(); ++i) {
      if (plan_.homes[i].kind != Kind::kDynamic) continue;
      const int64_t last = last_use(root_[i]);
      if (last >= 0 && last < end_) {
        plan_.released[static_cast<size_t>(last)].push_back(static_cast<ValueId>(i));
      }
    }
  }

  const StorageRequest& request_;
  const Graph& graph_;
  int64_t end_;
  std::vector<ValueId> root_;
  std::vector<int64_t> last_use_;  // by root
  std::vector<size_t> buffer_of_;  // by root: index into lifetimes_
  std::vector<Lifetime> lifetimes_;
  std::vector<bool> taken_;  // by input of the group at hand: an output overwrites it
  StoragePlan plan_;
};

}  // namespace

StoragePlan plan_storage(const StorageRequest& request) {
  return StoragePlanner(request).plan();
}

}  // namespace twingrad
