#include "training/trainer.h"

#include <algorithm>

#include "ir/error.h"

namespace twingrad {
namespace {

// Kernels that pick by index count negative ones from the end; as a class they are a mistake.
void check_classes(const LossSpec& loss, const std::map<std::string, Tensor>& inputs) {
  const auto target = inputs.find(loss.target);
  if (!has_class_target(loss.kind) || target == inputs.end()) return;
  if (!is_integer(target->second.type())) return;
  for (const int64_t label : as_int64(target->second)) {
    check(label >= 0, "target ", quoted_name(loss.target), " has the class index ", label);
  }
}

}  // namespace

Trainer::Trainer(TrainableModel model, TrainerOptions options)
    : trainable_(std::move(model)),
      options_(std::move(options)),
      held_(trainable_.held()),
      learning_rate_(trainable_.optimizer().learning_rate()) {
  for (HeldTensor& tensor : held_) tensor.value = tensor.value.clone();
}

StepResult Trainer::step(const std::map<std::string, Tensor>& inputs, uint64_t seed) {
  check_classes(trainable_.spec().loss, inputs);
  StepResult result = run(inputs, seed);
  ++steps_done_;
  return result;
}

size_t Trainer::index_of(std::string_view name) const {
  const auto found = std::ranges::find(held_, name, &HeldTensor::name);
  check(found != held_.end(), "nothing that is trained or updated is called ", quoted_name(name));
  return static_cast<size_t>(found - held_.begin());
}

std::vector<HeldTensor> Trainer::held() const {
  std::vector<HeldTensor> copies = held_;
  for (HeldTensor& tensor : copies) tensor.value = tensor.value.clone();
  return copies;
}

Tensor Trainer::held(std::string_view name) const {
  return held_[index_of(name)].value.clone();
}

void Trainer::set_held(std::string_view name, const Tensor& value) {
  const size_t index = index_of(name);
  const Tensor& old = held_[index].value;
  check(value.type() == old.type() && value.shape() == old.shape(), quoted_name(name), " is ",
        data_type_name(old.type()), old.shape(), ", got ", data_type_name(value.type()),
        value.shape());
  assign(index, value);
}

}  // namespace twingrad
