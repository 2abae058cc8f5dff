#include <array>
#include <cmath>

#include "parity/reduce/simplify.h"

namespace twingrad {
namespace {

// Simpler numbers, the simplest first.
struct Simplification {
  const char* text;
  double (*number)(double);
};
constexpr std::array<Simplification, 4> kSimplifications = {
    {{"0", [](double) { return 0.0; }},
     {"1", [](double) { return 1.0; }},
     {"whole numbers", [](double value) { return std::round(value); }},
     {"quarters", [](double value) { return std::round(4 * value) / 4; }}}};

Tensor simplified(const Tensor& tensor, const Simplification& how) {
  Tensor result = tensor.clone();
  for (int64_t i = 0; i < result.element_count(); ++i) {
    set_element(result, i, how.number(element_as_double(tensor, i)));
  }
  return result;
}

bool can_be_simplified(const Datum& datum) {
  return datum.is_tensor() && is_floating_point(datum.tensor().type()) &&
         datum.tensor().element_count() > 0;
}

// Tries all simplifications on one tensor of the case, which `place` finds in a copy.
ParityCase with_simpler(ParityCase item, const std::string& name, const Tensor& tensor,
                        const std::function<void(ParityCase&, const Tensor&)>& place,
                        const StillFails& fails) {
  for (const Simplification& how : kSimplifications) {
    const Tensor simpler = simplified(tensor, how);
    if (identical(simpler, tensor)) return item;  // it is that simple already
    ParityCase candidate = item;
    place(candidate, simpler);
    if (fails(name + " in " + how.text, candidate)) return candidate;
  }
  return item;
}

}  // namespace

ParityCase with_simpler_numbers(ParityCase item, const StillFails& fails) {
  const NamedData inputs = item.question.inputs;
  for (const auto& [name, datum] : inputs) {
    if (!can_be_simplified(datum)) continue;
    item = with_simpler(
        std::move(item), "input " + name, datum.tensor(),
        [&key = name](ParityCase& one, const Tensor& value) { one.question.inputs[key] = value; },
        fails);
  }
  for (const ValueId id : item.graph.initializers()) {
    const Value& value = item.graph.value(id);
    if (value.kind != Value::Kind::kInitializer || !can_be_simplified(*value.data)) continue;
    const Tensor data = *value.data;
    const std::string name = value.name;
    item = with_simpler(
        std::move(item), "parameter " + name, data,
        [id](ParityCase& one, const Tensor& simpler) { one.graph.value(id).data = simpler; },
        fails);
  }
  const NamedData cotangents = item.question.cotangents;
  for (const auto& [name, datum] : cotangents) {
    if (!can_be_simplified(datum)) continue;
    item = with_simpler(
        std::move(item), "cotangent " + name, datum.tensor(),
        [&key = name](ParityCase& one, const Tensor& value) {
          one.question.cotangents[key] = value;
        },
        fails);
  }
  return item;
}

}  // namespace twingrad
