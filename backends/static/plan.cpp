#include "backends/static/plan.h"

#include <algorithm>

#include "backends/static/arena.h"
#include "backends/static/passes/pass.h"
#include "ir/builder.h"
#include "ir/error.h"

namespace twingrad {

Program::Plan::Plan(const Backend& backend, ThreadPool& pool, const ProgramOptions& given)
    : setting{backend, pool, given.memory_limit == 0 ? default_memory_limit() : given.memory_limit},
      options(given) {}

void Program::Plan::make_graph(const Graph& source, std::span<const Type> types,
                               std::span<const Update> updates) {
  statistics.nodes_before = source.nodes().size();
  output_count = source.outputs().size();
  std::vector<Type> own;
  for (const ValueId id : source.inputs()) own.push_back(source.value(id).type);
  if (types.empty()) types = own;
  PassContext context{setting.backend, setting.pool};
  PassSelection selection;
  selection.without = options.without;
  graph = run_passes(specialized(source, types, updates), context, selection);
  statistics.nodes_after = graph.nodes().size();
  for (const Node& node : graph.nodes()) {
    check(node.op != nullptr, "node ", quoted_name(node.name),
          " calls a function, pass 'lower' is needed");
  }
  size_t next = 0;
  for (const Type& type : types) {
    inputs.push_back(type.is_unknown() ? kNoValue : graph.inputs()[next++]);
  }
  variables.assign(graph.inputs().begin() + static_cast<std::ptrdiff_t>(next),
                   graph.inputs().end());
}

void Program::Plan::make_slots(const Graph& source, std::span<const Update> updates) {
  slots.resize(graph.values().size());
  for (size_t i = 0; i < slots.size(); ++i) {
    const Value& value = graph.values()[i];
    if (value.data) {
      slots[i] = *value.data;
    } else if (value.type.is_static()) {
      slots[i] = Tensor(value.type.element, value.type.shape->shape(), nullptr);
    } else if (value.type.is_tensor()) {
      slots[i] = Tensor();
    }
  }
  for (const Node& node : graph.nodes()) {
    if (is_constant_node(node)) tensor(node.outputs[0]) = node.attributes.tensor("value");
  }
  for (size_t i = 0; i < updates.size(); ++i) {
    tensor(variables[i]) = *source.value(updates[i].parameter).data;
  }
}

std::vector<const Tensor*> Program::Plan::input_pointers(const Node& node) const {
  std::vector<const Tensor*> pointers;
  for (const ValueId id : node.inputs) {
    if (id != kNoValue && !slots[static_cast<size_t>(id)].is_tensor()) {
      fail_unsupported("value ", quoted_name(graph.value(id).name), " of type ",
                       graph.value(id).type, " is no tensor");
    }
    pointers.push_back(id == kNoValue ? nullptr : &tensor(id));
  }
  return pointers;
}

std::vector<const Datum*> Program::Plan::datum_pointers(const Node& node) const {
  std::vector<const Datum*> pointers;
  for (const ValueId id : node.inputs) {
    pointers.push_back(id == kNoValue ? nullptr : &slots[static_cast<size_t>(id)]);
  }
  return pointers;
}

bool Program::Plan::is_read_outside(ValueId id, const ScheduledStep& step, const Uses& uses) const {
  if (uses.is_output(id)) return true;
  return std::ranges::any_of(uses.readers(id), [&](NodeId reader) {
    if (is_static_view(graph, graph.node(reader))) {
      return is_read_outside(graph.node(reader).outputs[0], step, uses);
    }
    return !std::ranges::binary_search(step.nodes, reader);
  });
}

// The results of a group that somebody outside of it reads.
std::vector<ValueId> Program::Plan::kept_values(const ScheduledStep& step, const Uses& uses) const {
  std::vector<ValueId> kept;
  for (const NodeId node : step.nodes) {
    const ValueId id = graph.node(node).outputs[0];
    if (is_read_outside(id, step, uses)) kept.push_back(id);
  }
  return kept;
}

NestedStep Program::Plan::make_nested_step(const Node& node) {
  NestedStep step{&node, datum_pointers(node), nullptr};
  std::vector<const Tensor*> constants;
  const Builder builder(graph);
  for (const ValueId id : node.inputs) {
    const bool changes = id == kNoValue || is_floating_point(graph.value(id).type.element);
    constants.push_back(changes ? nullptr : builder.known(id));
  }
  step.nested =
      std::make_unique<NestedRun>(graph, node, constants, setting.backend, setting.pool, options);
  return step;
}

Step Program::Plan::make_step(const ScheduledStep& step, const Uses& uses) {
  const Node& node = graph.node(step.nodes[0]);
  if (step.kind == ScheduledStep::Kind::kElements) {
    ElementsStep elements{
        &node, ElementGroup(graph, step.nodes, kept_values(step, uses), setting.backend), {}, {}};
    for (const ValueId id : elements.group.inputs()) elements.inputs.push_back(&tensor(id));
    for (const ValueId id : elements.group.outputs()) elements.outputs.push_back(&tensor(id));
    return elements;
  }
  if (step.kind == ScheduledStep::Kind::kKernel) {
    KernelStep kernel{&node, setting.backend.find(graph, node), input_pointers(node), {}};
    for (const ValueId id : node.outputs) {
      kernel.outputs.push_back(id == kNoValue ? nullptr : &tensor(id));
    }
    return kernel;
  }
  ++statistics.dynamic_steps;
  if (step.kind == ScheduledStep::Kind::kNested) return make_nested_step(node);
  if (step.kind == ScheduledStep::Kind::kEvaluate) {
    const bool view = node.op->op_class == OpClass::kView;
    return EvaluateStep{&node, view ? pass_on : setting.backend.find(graph, node)->evaluate,
                        datum_pointers(node)};
  }
  return DynamicStep{&node, input_pointers(node)};
}

void Program::Plan::make_steps(bool fused) {
  scheduled = schedule(graph, setting.backend, fused);
  const Uses uses(graph);
  for (const ScheduledStep& step : scheduled) steps.push_back(make_step(step, uses));
  statistics.steps = steps.size();
}

Tensor Program::Plan::in_arena(ValueId id, size_t offset) const {
  return {graph.value(id).type.element, graph.value(id).type.shape->shape(),
          std::shared_ptr<void>(arena, arena.get() + offset)};
}

void Program::Plan::place() {
  std::vector<StepStorage> step_storage;
  for (size_t i = 0; i < steps.size(); ++i) {
    StepStorage entry{&scheduled[i], nullptr, 0};
    if (auto* elements = std::get_if<ElementsStep>(&steps[i])) {
      entry.group = &elements->group;
      entry.workspace_bytes = elements->group.workspace_bytes(setting.pool.threads());
    } else if (auto* kernel = std::get_if<KernelStep>(&steps[i])) {
      entry.workspace_bytes = workspace_bytes(*kernel, setting.pool);
    }
    step_storage.push_back(entry);
  }
  StoragePlan storage = plan_storage({graph, step_storage, output_count, variables.size()});
  statistics.arena_bytes = storage.arena_bytes;
  statistics.lower_bound = storage.lower_bound;
  check_memory(storage.arena_bytes, setting.memory_limit);
  arena = allocate_arena(storage.arena_bytes);
  for (size_t i = 0; i < steps.size(); ++i) {
    const std::span<std::byte> workspace(arena.get() + storage.workspaces[i],
                                         step_storage[i].workspace_bytes);
    if (auto* elements = std::get_if<ElementsStep>(&steps[i])) elements->workspace = workspace;
    if (auto* kernel = std::get_if<KernelStep>(&steps[i])) kernel->workspace = workspace;
  }
  bind_slots(storage);
  bind_outputs(storage);
  released = std::move(storage.released);
}

void Program::Plan::bind_slots(const StoragePlan& storage) {
  views.resize(slots.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const Home& home = storage.homes[i];
    const ValueId source = storage.source[i];
    const bool moves = home.kind == Home::Kind::kInput || home.kind == Home::Kind::kDynamic;
    if (moves && source != id) views[static_cast<size_t>(source)].push_back(id);
    if (home.kind == Home::Kind::kArena) tensor(id) = in_arena(id, home.offset);
    if (home.kind == Home::Kind::kVariable) tensor(id).rebind(tensor(home.variable).storage());
    if (home.kind == Home::Kind::kOwn && source == id) {
      tensor(id) = Tensor(tensor(id).type(), tensor(id).shape());
    }
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    const Home::Kind kind = storage.homes[i].kind;
    if (kind != Home::Kind::kOwn && kind != Home::Kind::kData) continue;
    if (storage.source[i] == static_cast<ValueId>(i)) continue;
    tensor(static_cast<ValueId>(i)).rebind(tensor(storage.source[i]).storage());
  }
}

void Program::Plan::bind_outputs(const StoragePlan& storage) {
  outputs.resize(output_count);
  for (size_t i = 0; i < graph.outputs().size(); ++i) {
    const ValueId id = graph.outputs()[i];
    if (!graph.value(id).type.is_tensor()) {
      moving_outputs.push_back(i);
      continue;
    }
    const Home& home = storage.homes[static_cast<size_t>(id)];
    const Tensor* from = &tensor(id);
    if (storage.staged[i] != StoragePlan::kNotStaged) {
      staged.push_back({from, in_arena(id, storage.staged[i])});
      from = &staged.back().to;
    }
    if (i < output_count) {
      outputs[i] = *from;
      const bool moves = home.kind == Home::Kind::kInput || home.kind == Home::Kind::kDynamic;
      if (moves) moving_outputs.push_back(i);
      continue;
    }
    const ValueId variable = variables[i - output_count];
    if (home.kind == Home::Kind::kVariable && home.variable == variable) continue;
    stores.push_back({from, tensor(variable)});
  }
}

}  // namespace twingrad
