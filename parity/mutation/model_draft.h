#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "ir/expression.h"
#include "parity/targets.h"

namespace twingrad {

// A model that is written in code, with numbers for its inputs and parameters that are drawn and
// the same in every run and on every machine: uniform in (-1, 1) times `scale`, plus `shift`.
class ModelDraft {
 public:
  ModelDraft() = default;
  ModelDraft(const ModelDraft&) = delete;
  ModelDraft& operator=(const ModelDraft&) = delete;

  Builder& builder() { return builder_; }
  Expr input(const std::string& name, Shape shape, double scale = 1, double shift = 0);
  Expr input(const std::string& name, Tensor value);
  Expr parameter(const std::string& name, Shape shape, double scale = 0.5, double shift = 0);
  Expr constant(Tensor value) { return {builder_, builder_.constant(std::move(value))}; }
  Expr named(const std::string& name, Expr value);
  // All outputs of a node.
  std::vector<Expr> node(std::string_view op, std::initializer_list<Expr> inputs,
                         Attributes attributes = {}, size_t output_count = 1);

  // The model with these outputs, which are named "y", "y1", "y2"...: it is asked for them and for
  // the gradients of all inputs and parameters, under cotangents that are drawn likewise. The draft
  // is empty afterwards.
  ParityCase finish(std::initializer_list<Expr> outputs);

 private:
  Tensor drawn(const std::string& name, Shape shape, double scale, double shift) const;

  Graph graph_;
  Builder builder_{graph_};
  NamedData inputs_;
};

}  // namespace twingrad
