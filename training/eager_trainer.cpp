#include "backends/buffer_pool.h"
#include "backends/eager.h"
#include "training/trainer.h"

namespace twingrad {
namespace {

class EagerTrainer final : public Trainer {
 public:
  using Trainer::Trainer;

  Size size() const override { return {nodes_, nodes_}; }

 private:
  StepResult run(const std::map<std::string, Tensor>& inputs, uint64_t seed) override;
  void assign(size_t index, const Tensor& value) override {
    tensors()[index].value = value.clone();
  }

  BufferPool buffers_;
  size_t nodes_ = 0;
};

StepResult EagerTrainer::run(const std::map<std::string, Tensor>& inputs, uint64_t seed) {
  Graph tape;
  Eager eager(tape, {options().backend, options().pool, &buffers_, seed});
  StepInputs step;
  for (const auto& [name, tensor] : inputs) step.model.emplace(name, eager.input(name, tensor));
  step.step = eager.input(tape.free_name("step"), step_number());
  step.learning_rate = eager.input(tape.free_name("learning_rate"), step_rate());
  for (const HeldTensor& held : tensors()) {
    step.held.push_back(eager.initializer(tape.free_name(held.name), held.value));
  }
  const EmittedStep made = trainable().emit(eager, step, options().returned, true);
  StepResult result;
  result.loss = element_as_double(eager.tensor(made.loss), 0);
  for (size_t i = 0; options().gradients && i < made.gradients.size(); ++i) {
    if (made.gradients[i] == kNoValue) continue;
    result.gradients.push_back({trainable().trained()[i], eager.tensor(made.gradients[i])});
  }
  for (size_t i = 0; i < made.returned.size(); ++i) {
    result.returned.push_back({options().returned[i], eager.tensor(made.returned[i])});
  }
  nodes_ = tape.nodes().size();
  for (size_t i = 0; i < made.next.size(); ++i) tensors()[i].value = eager.tensor(made.next[i]);
  return result;
}

}  // namespace

std::unique_ptr<Trainer> make_eager_trainer(TrainableModel model, TrainerOptions options) {
  return std::make_unique<EagerTrainer>(std::move(model), std::move(options));
}

}  // namespace twingrad
