#include "training/training_info.h"

#include <set>

#include "ir/error.h"
#include "ir/expression.h"
#include "training/graph_copy.h"

namespace twingrad {
namespace {

class InfoWriter {
 public:
  InfoWriter(const TrainableModel& model, const Graph& source, const Graph& inference)
      : model_(model),
        source_(source),
        inference_(inference),
        builder_(info_.algorithm),
        start_(info_.initialization) {}

  TrainingInfo write() {
    info_.algorithm.name = "step";
    info_.initialization.name = "start";
    StepInputs inputs;
    add_own_inputs(inputs);
    capture_model(inputs);
    add_state(inputs);
    const EmittedStep made = model_.emit(builder_, inputs);
    std::vector<ValueId> outputs{named_output(builder_, made.loss, "loss")};
    const auto update = [&](ValueId state, ValueId next) {
      const std::string name = info_.algorithm.value(state).name;
      info_.updates.push_back({name, outputs.size()});
      outputs.push_back(named_output(builder_, next, name + "_next"));
    };
    update(inputs.step, (Expr(builder_, inputs.step) + 1).id());
    for (size_t i = 0; i < inputs.held.size(); ++i) update(inputs.held[i], made.next[i]);
    info_.algorithm.set_outputs(std::move(outputs));
    info_.initialization.set_outputs(initial_);
    rename_nodes();
    return std::move(info_);
  }

 private:
  void add_own_inputs(StepInputs& inputs) {
    const LossSpec& loss = model_.spec().loss;
    const bool has_target = loss.kind != "output" && !source_.find(loss.target);
    if (has_target) {
      const Value& prediction = source_.value(*source_.find(loss.prediction));
      const Type type = target_type(loss, prediction.type);
      inputs.model.emplace(loss.target, builder_.input(loss.target, type));
    }
    const Tensor rate = Tensor::scalar(model_.optimizer().learning_rate());
    inputs.learning_rate = builder_.input(free_name("learning_rate"), type_of(rate));
    info_.algorithm.value(inputs.learning_rate).data = rate;
  }

  // All of the model's inputs and initializers, those that are held too.
  void capture_model(StepInputs& inputs) {
    std::map<std::string, ValueId> captured;
    for (const Value& value : source_.values()) {
      const bool constant = value.kind == Value::Kind::kConstant;
      if (value.kind == Value::Kind::kResult || constant || !inference_.find(value.name)) continue;
      Value capture;
      capture.name = value.name;
      capture.type = value.type;
      capture.contents = value.contents;
      captured.emplace(value.name, info_.algorithm.add_input(std::move(capture), true));
    }
    for (const HeldTensor& held : model_.held()) {
      if (!captured.contains(held.name)) continue;  // a slot
      held_.emplace(held.name, captured.at(held.name));
      captured.erase(held.name);
    }
    inputs.model.merge(captured);
  }

  void add_state(StepInputs& inputs) {
    inputs.step = state("step", Tensor::scalar(1.0));
    for (const HeldTensor& held : model_.held()) {
      const auto outside = held_.find(held.name);
      inputs.held.push_back(outside != held_.end() ? outside->second
                                                   : state(held.name, held.value));
    }
  }

  // An initializer of the algorithm that the initialization sets back to `value`.
  ValueId state(const std::string& wanted, const Tensor& value) {
    const std::string name = free_name(wanted);
    const ValueId id = builder_.initializer(name, value);
    Attributes attributes;
    attributes.set("value", value);
    NodeSpec spec{.op = "Constant", .inputs = {}, .attributes = std::move(attributes)};
    spec.outputs = {start_.graph().free_name(name + "_start")};
    info_.initial.push_back({name, initial_.size()});
    initial_.push_back(start_.emit(std::move(spec))[0]);
    return id;
  }

  // A runtime executes the model and the algorithm as one graph, whose nodes have different names.
  void rename_nodes() {
    std::set<std::string> taken;
    for (const Node& node : inference_.nodes()) taken.insert(node.name);
    Graph& algorithm = info_.algorithm;
    for (size_t i = 0; i < algorithm.nodes().size(); ++i) {
      std::string& name = algorithm.node(static_cast<NodeId>(i)).name;
      if (name.empty()) continue;
      do name.insert(0, "step/");
      while (!taken.insert(name).second);
    }
  }

  static Type type_of(const Tensor& tensor) {
    return Type::tensor(tensor.type(), PartialShape(tensor.shape()));
  }

  // Neither in the algorithm nor in the model.
  std::string free_name(const std::string& wanted) {
    std::string name = info_.algorithm.free_name(wanted);
    for (size_t suffix = 1;
         source_.find(name) || inference_.find(name) || info_.algorithm.find(name); ++suffix) {
      name = wanted + "_" + std::to_string(suffix);
    }
    return name;
  }

  const TrainableModel& model_;
  const Graph& source_;
  const Graph& inference_;
  TrainingInfo info_;
  Builder builder_;
  Builder start_;
  std::vector<ValueId> initial_;
  std::map<std::string, ValueId> held_;  // of the model, by name
};

}  // namespace

TrainingInfo training_info(const TrainableModel& model, const Graph& source,
                           const Graph& inference) {
  return InfoWriter(model, source, inference).write();
}

}  // namespace twingrad
