#include "training/step_graph.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/expression.h"
#include "training/graph_copy.h"

namespace twingrad {
namespace {

class StepWriter {
 public:
  StepWriter(const TrainableModel& model, const Graph& source, const StepGraphOptions& options)
      : model_(model), source_(source), options_(options), builder_(graph_) {
    graph_.name = source.name;
    graph_.doc_string = source.doc_string;
    graph_.metadata = source.metadata;
  }

  Graph write() {
    StepInputs inputs;
    for (const std::string& name : model_.inputs()) {
      inputs.model.emplace(name, builder_.input(name, type_of_input(name)));
    }
    inputs.step = with_default("step", Tensor::scalar(1.0));
    inputs.learning_rate =
        with_default("learning_rate", Tensor::scalar(model_.optimizer().learning_rate()));
    for (const HeldTensor& held : model_.held()) {
      inputs.held.push_back(with_default(held.name, held.value));
    }
    const EmittedStep made = model_.emit(builder_, inputs);
    add_output(made.loss, "loss");
    add_output((Expr(builder_, inputs.step) + 1).id(), name_of(inputs.step) + "_next");
    for (size_t i = 0; i < inputs.held.size(); ++i) {
      add_output(made.next[i], name_of(inputs.held[i]) + "_next");
    }
    graph_.set_outputs(outputs_);
    return std::move(graph_);
  }

 private:
  // Of the model's own, or of the target, which follows from the prediction.
  Type type_of_input(const std::string& name) const {
    const auto own = source_.find(name);
    if (own) return fixed_type(source_.value(*own), options_.dims, options_.shapes);
    const LossSpec& loss = model_.spec().loss;
    Value prediction = source_.value(*source_.find(loss.prediction));
    prediction.type = fixed_type(prediction, options_.dims, {});
    Value target;
    target.name = name;
    target.type = target_type(loss, prediction.type);
    return fixed_type(target, {}, options_.shapes);
  }

  ValueId with_default(const std::string& name, Tensor value) {
    const Type type = Type::tensor(value.type(), PartialShape(value.shape()));
    const ValueId id = builder_.input(graph_.free_name(name), type);
    graph_.value(id).data = std::move(value);
    return id;
  }

  const std::string& name_of(ValueId id) const { return graph_.value(id).name; }

  void add_output(ValueId id, const std::string& name) {
    outputs_.push_back(named_output(builder_, id, name));
  }

  const TrainableModel& model_;
  const Graph& source_;
  const StepGraphOptions& options_;
  Graph graph_;
  Builder builder_;
  std::vector<ValueId> outputs_;
};

}  // namespace

Graph step_graph(const TrainableModel& model, const Graph& source,
                 const StepGraphOptions& options) {
  return StepWriter(model, source, options).write();
}

}  // namespace twingrad
