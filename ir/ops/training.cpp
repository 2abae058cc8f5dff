#include "ir/error.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"
#include "ir/training_domain.h"

namespace twingrad {
namespace {

// ai.onnx.preview.training: optimizers' steps, and gradients. The optimizers take the learning rate
// R and the number of steps made T, then the tensors X, their gradients G and one or two states,
// each for all tensors; they return the new X and states.

constexpr TypeSet kRealTypes = {DataType::kFloat, DataType::kDouble};

struct StepInputs {
  Expr rate;   // R, of X's element type
  Expr count;  // T, int64
  Expr x;
  Expr gradient;
  std::vector<Expr> states;
};
// The new x, then the new states.
using StepFormula = std::vector<Expr> (*)(const StepInputs&, const Attributes&);

size_t tensor_count(size_t inputs, size_t states) {
  const size_t parts = 2 + states;
  check(inputs > 2 && (inputs - 2) % parts == 0, "has ", inputs,
        " inputs, expected R, T and a multiple of ", parts);
  return (inputs - 2) / parts;
}

template <size_t kStates>
void infer_step(InferContext& context) {
  const size_t count = tensor_count(context.input_count(), kStates);
  check(context.output_count() <= count * (1 + kStates), "has ", context.output_count(),
        " outputs, at most ", count * (1 + kStates), " are allowed");
  for (const size_t i : {size_t{0}, size_t{1}}) {
    const PartialShape* shape = context.shape(i);
    if (shape == nullptr) continue;
    const Dimension elements = product_of(*shape, 0, shape->rank());
    check(!elements.known() || elements.is(1), i == 0 ? "R" : "T",
          " must be a scalar, its shape is ", *shape);
  }
  for (size_t k = 0; k < count; ++k) {
    Type type = context.input(2 + k);
    for (size_t part = 1; part < 2 + kStates; ++part) {
      type = intersection_of(type, context.input(2 + part * count + k));
    }
    for (size_t part = 0; part <= kStates; ++part) {
      const size_t output = part * count + k;
      if (output < context.output_count()) context.set_type(output, type);
    }
  }
}

template <size_t kStates, StepFormula kFormula>
std::vector<ValueId> expand_step(Builder& builder, const Node& node,
                                 std::span<const ValueId> inputs) {
  const size_t count = tensor_count(inputs.size(), kStates);
  std::vector<ValueId> outputs(count * (1 + kStates));
  const std::vector<int64_t> scalar;
  for (size_t k = 0; k < count; ++k) {
    const auto part = [&](size_t i) { return Expr(builder, inputs[2 + i * count + k]); };
    const Expr x = part(0);
    StepInputs step{cast(reshape(Expr(builder, inputs[0]), scalar), x.element()),
                    reshape(Expr(builder, inputs[1]), scalar),
                    x,
                    part(1),
                    {}};
    for (size_t i = 0; i < kStates; ++i) step.states.push_back(part(2 + i));
    const std::vector<Expr> results = kFormula(step, node.attributes);
    for (size_t i = 0; i <= kStates; ++i) outputs[i * count + k] = results[i].id();
  }
  outputs.resize(node.outputs.size());
  return outputs;
}

Expr regularized(const StepInputs& step, const Attributes& attributes) {
  return step.x * attributes.real("norm_coefficient") + step.gradient;
}

std::vector<Expr> adagrad(const StepInputs& step, const Attributes& attributes) {
  const Expr count = cast(step.count, step.x.element());
  const Expr rate = step.rate / (count * attributes.real("decay_factor") + 1.0);
  const Expr g = regularized(step, attributes);
  const Expr squares = step.states[0] + g * g;
  return {step.x - rate * g / (sqrt(squares) + attributes.real("epsilon")), squares};
}

std::vector<Expr> adam(const StepInputs& step, const Attributes& attributes) {
  const double alpha = attributes.real("alpha");
  const double beta = attributes.real("beta");
  const Expr g = regularized(step, attributes);
  const Expr mean = step.states[0] * alpha + g * (1 - alpha);
  const Expr squares = step.states[1] * beta + g * g * (1 - beta);
  // In the first step, T = 0, nothing is corrected; what is not taken stays finite.
  const Expr started = step.count > step.count.like(0);
  const Expr count = cast(where(started, step.count, step.count.like(1)), step.x.element());
  const Expr correction =
      sqrt(1.0 - pow(count.like(beta), count)) / (1.0 - pow(count.like(alpha), count));
  const Expr rate = where(started, step.rate * correction, step.rate);
  const Expr x = step.x - rate * mean / (sqrt(squares) + attributes.real("epsilon"));
  return {x * (1 - attributes.real("norm_coefficient_post")), mean, squares};
}

std::vector<Expr> momentum(const StepInputs& step, const Attributes& attributes) {
  const double alpha = attributes.real("alpha");
  const Expr g = regularized(step, attributes);
  const Expr started = step.count > step.count.like(0);
  const Expr weight = where(started, step.x.like(attributes.real("beta")), step.x.like(1));
  const Expr velocity = step.states[0] * alpha + weight * g;
  const std::string& mode = attributes.text("mode");
  check(mode == "standard" || mode == "nesterov",
        "attribute 'mode' must be standard or nesterov, found ", quoted_name(mode));
  const Expr direction = mode == "nesterov" ? g + velocity * alpha : velocity;
  return {step.x - step.rate * direction, velocity};
}

// Its values are those of the tensors that the attributes name; only a pass that knows how to
// differentiate can put something in its place.
void infer_gradient_node(InferContext& context) {
  const auto& xs = context.attributes().get<std::vector<std::string>>("xs");
  const AttributeValue* zs = context.attributes().find("zs");
  const size_t fixed = zs == nullptr ? 0 : std::get<std::vector<std::string>>(*zs).size();
  check(context.input_count() == xs.size() + fixed, "has ", context.input_count(),
        " inputs, 'xs' and 'zs' name ", xs.size() + fixed);
  check(context.output_count() <= xs.size(), "has ", context.output_count(),
        " outputs, 'xs' names ", xs.size());
  for (size_t i = 0; i < context.output_count(); ++i) {
    check(is_floating_point(context.input(i).element) || context.input(i).is_unknown(),
          "there is no gradient by ", quoted_name(xs[i]), ", which is ", context.input(i));
    context.set_type(i, context.input(i));
  }
}

std::vector<ValueId> refuse_gradient(Builder&, const Node&, std::span<const ValueId>) {
  fail_unsupported("a Gradient is part of its graph: it is written out when a model is loaded");
}

OpRow step_row(std::string_view name, InferFunction infer, ExpandFunction expand,
               std::vector<AttributeDef> attributes) {
  return {.name = name,
          .signature = "R:T1, T:int64, inputs:T3~ -> outputs:T3~",
          .types = {{"T1", kRealTypes}, {"T3", kRealTypes}},
          .attributes = std::move(attributes),
          .infer = infer,
          .expand = expand,
          .domain = kTrainingDomain};
}

}  // namespace

std::vector<OpRow> training_ops() {
  return {
      step_row("Adagrad", infer_step<1>, expand_step<1, adagrad>,
               {defaulted("decay_factor", 0.0F), defaulted("epsilon", 1e-6F),
                defaulted("norm_coefficient", 0.0F)}),
      step_row("Adam", infer_step<2>, expand_step<2, adam>,
               {defaulted("alpha", 0.9F), defaulted("beta", 0.999F), defaulted("epsilon", 1e-6F),
                defaulted("norm_coefficient", 0.0F), defaulted("norm_coefficient_post", 0.0F)}),
      step_row("Momentum", infer_step<1>, expand_step<1, momentum>,
               {required("alpha", AttributeType::kFloat), required("beta", AttributeType::kFloat),
                required("norm_coefficient", AttributeType::kFloat),
                required("mode", AttributeType::kString)}),
      {.name = "Gradient",
       .signature = "Inputs:T1~ -> Outputs:T2~",
       .types = {{"T1", kFloatTypes | kIntegerTypes | kBoolType | kStringType | kComplexTypes},
                 {"T2", kFloatTypes}},
       .attributes = {required("xs", AttributeType::kStrings),
                      optional("zs", AttributeType::kStrings),
                      required("y", AttributeType::kString)},
       .infer = infer_gradient_node,
       .expand = refuse_gradient,
       .domain = kTrainingDomain},
  };
}

}  // namespace twingrad
