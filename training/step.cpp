#include "training/step.h"

#include <algorithm>

#include "autodiff/sweep.h"
#include "ir/error.h"
#include "ir/replay.h"
#include "training/parameters.h"

namespace twingrad {

struct TrainableModel::Emission {
  Builder& builder;
  const StepInputs& inputs;
  bool release;
  ValueMap map;  // of the model's values
};

namespace {

// Releases what was made from value `first` on, but for the results and what the context keeps.
void release_from(ValueId first, Builder& builder, const std::vector<Expr>& results,
                  const UpdateContext& context) {
  const auto end = static_cast<ValueId>(builder.graph().values().size());
  for (ValueId id = first; id < end; ++id) {
    const bool result = std::ranges::any_of(results, [id](Expr e) { return e.id() == id; });
    if (!result && !context.keeps(id)) builder.release(id);
  }
}

}  // namespace

TrainableModel::TrainableModel(const Graph& model, StepSpec spec)
    : model_(model), spec_(std::move(spec)), optimizer_(spec_.optimizer) {
  value_of_model(spec_.loss.prediction);
  if (spec_.trained.empty()) spec_.trained = trainable_parameters(model_, spec_.loss.prediction);
  check(!spec_.trained.empty(), "the model has no parameter to train");
  hold_parameters();
  hold_statistics();
  collect_inputs();
}

ValueId TrainableModel::value_of_model(const std::string& name) const {
  const std::optional<ValueId> id = model_.find(name);
  check(id.has_value(), "the model has no value ", quoted_name(name));
  return *id;
}

void TrainableModel::hold_parameters() {
  std::vector<HeldTensor> slots;
  for (const std::string& name : spec_.trained) {
    const ValueId id = value_of_model(name);
    const Value& value = model_.value(id);
    check(value.data.has_value(), quoted_name(name), " cannot be trained, it is no initializer");
    check(is_floating_point(value.data->type()), quoted_name(name), " cannot be trained, it is ",
          value.type);
    check(std::ranges::find(held_in_model_, id) == held_in_model_.end(), "parameter ",
          quoted_name(name), " is listed twice");
    held_.push_back({HeldTensor::Role::kParameter, name, *value.data});
    held_in_model_.push_back(id);
    const std::vector<Tensor> initial = optimizer_.initial_slots(*value.data);
    for (size_t k = 0; k < initial.size(); ++k) {
      slots.push_back({HeldTensor::Role::kSlot,
                       name + "/" + std::string(optimizer_.slots()[k].name), initial[k]});
    }
  }
  for (HeldTensor& slot : slots) held_.push_back(std::move(slot));
  held_in_model_.resize(held_.size(), kNoValue);
}

void TrainableModel::hold_statistics() {
  for (const auto& [statistic, update] : statistics_updates(model_)) {
    if (std::ranges::find(held_in_model_, statistic) != held_in_model_.end()) continue;
    const Value& value = model_.value(statistic);
    held_.push_back({HeldTensor::Role::kStatistic, value.name, *value.data});
    held_in_model_.push_back(statistic);
  }
}

void TrainableModel::collect_inputs() {
  for (const ValueId id : model_.inputs()) {
    if (!model_.value(id).data) inputs_.push_back(model_.value(id).name);
  }
  if (spec_.loss.kind == "output") return;
  check(!spec_.loss.target.empty(), "loss ", quoted_name(spec_.loss.kind), " needs a target");
  if (std::ranges::find(inputs_, spec_.loss.target) == inputs_.end()) {
    inputs_.push_back(spec_.loss.target);
  }
}

// Inputs that are given, held tensors, and the rest of the model's data as it is.
void TrainableModel::bind_data(Emission& emission) const {
  const auto& given = emission.inputs.model;
  emission.map.assign(model_.values().size(), kNoValue);
  for (size_t i = 0; i < held_.size(); ++i) {
    if (held_in_model_[i] == kNoValue) continue;
    emission.map[static_cast<size_t>(held_in_model_[i])] = emission.inputs.held[i];
  }
  for (const std::string& name : inputs_) {
    check(given.contains(name), "input ", quoted_name(name), " is not given");
  }
  for (const auto& [name, id] : given) {
    const std::optional<ValueId> input = model_.find(name);
    const bool known = input && model_.value(*input).kind != Value::Kind::kResult;
    check(known || name == spec_.loss.target, "the model has no input ", quoted_name(name));
    if (known) emission.map[static_cast<size_t>(*input)] = id;
  }
  for (size_t i = 0; i < model_.values().size(); ++i) {
    const Value& value = model_.values()[i];
    if (!value.data || emission.map[i] != kNoValue) continue;
    Builder& builder = emission.builder;
    emission.map[i] = value.kind == Value::Kind::kConstant
                          ? builder.constant(*value.data)
                          : builder.initializer(builder.graph().free_name(value.name), *value.data);
  }
}

void TrainableModel::emit_model(Emission& emission) const {
  const auto updates = statistics_updates(model_);
  auto update = updates.begin();
  for (const Node& node : model_.nodes()) {
    replay_node(model_, node, emission.builder, emission.map);
    // From here on every reader of a statistic that the node has updated gets the new one.
    while (update != updates.end() &&
           std::ranges::find(node.outputs, update->second) != node.outputs.end()) {
      emission.map[static_cast<size_t>(update->first)] =
          emission.map[static_cast<size_t>(update->second)];
      ++update;
    }
  }
}

ValueId TrainableModel::emit_loss(Emission& emission) const {
  const ValueId value = emission.map[static_cast<size_t>(value_of_model(spec_.loss.prediction))];
  const Expr prediction(emission.builder, value);
  check(prediction.type().is_tensor() && is_floating_point(prediction.element()),
        "the loss needs a floating-point tensor, ", quoted_name(spec_.loss.prediction), " is ",
        prediction.type());
  if (spec_.loss.kind == "output") {
    check(prediction.type().is_static() && prediction.shape().shape().element_count() == 1,
          "the loss must be a scalar, ", quoted_name(spec_.loss.prediction), " is ",
          prediction.type());
    return value;
  }
  const ValueId target = emission.inputs.model.at(spec_.loss.target);
  return loss(spec_.loss, prediction, {emission.builder, target}).id();
}

std::vector<ValueId> TrainableModel::emit_gradients(Emission& emission, ValueId loss,
                                                    const std::vector<ValueId>& returned) const {
  Builder& builder = emission.builder;
  const Type& type = builder.type(loss);
  const ValueId one = builder.constant(Tensor::filled(type.element, type.shape->shape(), 1));
  const std::vector<Seed> seeds{{loss, one}};
  const std::vector<ValueId>& held = emission.inputs.held;
  const std::vector<ValueId> parameters(
      held.begin(), held.begin() + static_cast<std::ptrdiff_t>(spec_.trained.size()));
  std::vector<ValueId> keep = returned;
  for (const ValueId id : held_in_model_) {
    if (id != kNoValue) keep.push_back(emission.map[static_cast<size_t>(id)]);
  }
  SweepOptions options;
  options.convention = spec_.convention;
  options.straight_through = spec_.straight_through;
  options.create_graph = false;
  options.release = emission.release;
  options.keep = keep;
  return gradients(builder, seeds, parameters, options);
}

std::vector<ValueId> TrainableModel::emit_updates(Emission& emission,
                                                  const std::vector<ValueId>& gradients) const {
  Builder& builder = emission.builder;
  std::vector<ValueId> next = emission.inputs.held;
  std::map<DataType, UpdateContext> contexts;
  const size_t parameters = spec_.trained.size();
  const size_t slots = optimizer_.slots().size();
  for (size_t i = 0; i < parameters; ++i) {
    if (gradients[i] == kNoValue) continue;
    const Expr parameter(builder, next[i]);
    const auto first = static_cast<ValueId>(builder.graph().values().size());
    const auto found = contexts.try_emplace(
        parameter.element(),
        optimizer_.context({builder, emission.inputs.step},
                           {builder, emission.inputs.learning_rate}, parameter.element()));
    std::vector<Expr> held;
    for (size_t k = 0; k < slots; ++k) held.emplace_back(builder, next[parameters + i * slots + k]);
    const std::vector<Expr> made =
        optimizer_.update(found.first->second, parameter, Expr(builder, gradients[i]), held);
    if (emission.release) release_from(first, builder, made, found.first->second);
    next[i] = made[0].id();
    for (size_t k = 0; k < slots; ++k) next[parameters + i * slots + k] = made[k + 1].id();
  }
  for (size_t i = parameters * (1 + slots); i < next.size(); ++i) {
    next[i] = emission.map[static_cast<size_t>(held_in_model_[i])];
  }
  return next;
}

EmittedStep TrainableModel::emit(Builder& builder, const StepInputs& inputs,
                                 const std::vector<std::string>& returned, bool release) const {
  check(inputs.held.size() == held_.size(), "a step needs ", held_.size(), " held tensors, got ",
        inputs.held.size());
  Emission emission{builder, inputs, release, {}};
  bind_data(emission);
  emit_model(emission);
  EmittedStep result;
  result.loss = emit_loss(emission);
  for (const std::string& name : returned) {
    result.returned.push_back(emission.map[static_cast<size_t>(value_of_model(name))]);
  }
  result.gradients = emit_gradients(emission, result.loss, result.returned);
  const bool recording = builder.recording();
  builder.set_recording(false);
  result.next = emit_updates(emission, result.gradients);
  builder.set_recording(recording);
  return result;
}

}  // namespace twingrad
