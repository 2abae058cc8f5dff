#include <cstring>
#include <list>

#include "training/trainer.h"

namespace twingrad {
namespace {

using Inputs = std::map<std::string, Tensor>;

// The step for one set of input types.
struct Compiled {
  std::map<std::string, Type> types;
  Graph graph;  // its initializers share the storage of the trainer's tensors
  std::vector<std::string> gradients;
  std::unique_ptr<Program> program;
};

Type type_of(const Tensor& tensor) {
  return Type::tensor(tensor.type(), PartialShape(tensor.shape()));
}

class StaticTrainer final : public Trainer {
 public:
  using Trainer::Trainer;

  Size size() const override {
    if (compiled_.empty()) return {};
    const ProgramStatistics& statistics = compiled_.front().program->statistics();
    return {statistics.nodes_before, statistics.steps};
  }

 private:
  StepResult run(const Inputs& inputs, uint64_t seed) override;
  void assign(size_t index, const Tensor& value) override {
    Tensor& tensor = tensors()[index].value;
    if (tensor.byte_size() > 0) std::memcpy(tensor.raw(), value.raw(), tensor.byte_size());
  }
  Compiled& compiled_for(const Inputs& inputs);
  void compile(const Inputs& inputs, Compiled& compiled);

  std::list<Compiled> compiled_;  // the last used one first
};

bool matches(const Compiled& compiled, const Inputs& inputs) {
  if (compiled.types.size() != inputs.size()) return false;
  auto type = compiled.types.begin();
  for (const auto& [name, tensor] : inputs) {
    if (type->first != name || !(type->second == type_of(tensor))) return false;
    ++type;
  }
  return true;
}

void StaticTrainer::compile(const Inputs& inputs, Compiled& compiled) {
  Builder builder(compiled.graph);
  StepInputs step;
  for (const auto& [name, tensor] : inputs) {
    compiled.types.emplace(name, type_of(tensor));
    step.model.emplace(name, builder.input(name, type_of(tensor)));
  }
  const Type scalar = Type::tensor(DataType::kDouble, PartialShape());
  step.step = builder.input(compiled.graph.free_name("step"), scalar);
  step.learning_rate = builder.input(compiled.graph.free_name("learning_rate"), scalar);
  for (const HeldTensor& held : tensors()) {
    step.held.push_back(builder.initializer(compiled.graph.free_name(held.name), held.value));
  }
  const EmittedStep made = trainable().emit(builder, step, options().returned);
  std::vector<ValueId> outputs{made.loss};
  for (size_t i = 0; options().gradients && i < made.gradients.size(); ++i) {
    if (made.gradients[i] == kNoValue) continue;
    compiled.gradients.push_back(trainable().trained()[i]);
    outputs.push_back(made.gradients[i]);
  }
  outputs.insert(outputs.end(), made.returned.begin(), made.returned.end());
  compiled.graph.set_outputs(std::move(outputs));
  std::vector<Update> updates;
  for (size_t i = 0; i < step.held.size(); ++i) {
    if (made.next[i] != step.held[i]) updates.push_back({step.held[i], made.next[i]});
  }
  compiled.program =
      std::make_unique<Program>(compiled.graph, std::span<const Type>(), updates,
                                *options().backend, *options().pool, options().program);
}

Compiled& StaticTrainer::compiled_for(const Inputs& inputs) {
  for (auto entry = compiled_.begin(); entry != compiled_.end(); ++entry) {
    if (!matches(*entry, inputs)) continue;
    compiled_.splice(compiled_.begin(), compiled_, entry);
    return compiled_.front();
  }
  std::list<Compiled> fresh(1);
  compile(inputs, fresh.front());
  compiled_.splice(compiled_.begin(), fresh);
  return compiled_.front();
}

StepResult StaticTrainer::run(const Inputs& inputs, uint64_t seed) {
  Compiled& compiled = compiled_for(inputs);
  std::vector<Datum> given;
  for (const auto& [name, tensor] : inputs) given.emplace_back(tensor);
  given.emplace_back(step_number());
  given.emplace_back(step_rate());
  const std::span<const Datum> outputs = compiled.program->run_views(given, seed);
  StepResult result;
  result.loss = element_as_double(outputs[0].tensor(), 0);
  size_t next = 1;
  for (const std::string& name : compiled.gradients) {
    result.gradients.push_back({name, outputs[next++].tensor().clone()});
  }
  for (const std::string& name : options().returned) {
    result.returned.push_back({name, outputs[next++].tensor().clone()});
  }
  return result;
}

}  // namespace

std::unique_ptr<Trainer> make_static_trainer(TrainableModel model, TrainerOptions options) {
  return std::make_unique<StaticTrainer>(std::move(model), std::move(options));
}

}  // namespace twingrad
