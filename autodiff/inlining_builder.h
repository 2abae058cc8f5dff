#pragma once

#include "ir/builder.h"

namespace twingrad {

// Writes on another builder, and in the place of operators without a derivative row their
// expansions: what the sweep walks through is then what it is on a builder that executes, and
// gradients are added up in the same order.
class InliningBuilder : public Builder {
 public:
  explicit InliningBuilder(Builder& target) : Builder(target.graph()), target_(target) {}

  std::vector<ValueId> emit(NodeSpec spec) override;
  ValueId input(std::string name, Type type) override {
    return target_.input(std::move(name), std::move(type));
  }
  ValueId initializer(std::string name, Tensor data) override {
    return target_.initializer(std::move(name), std::move(data));
  }
  ValueId constant(Tensor data) override { return target_.constant(std::move(data)); }
  const Tensor* known(ValueId id) const override { return target_.known(id); }
  void release(ValueId id) override { target_.release(id); }

 private:
  Builder& target_;
};

}  // namespace twingrad
