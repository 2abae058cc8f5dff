#include "parity/perturbation.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "ir/error.h"
#include "ir/random.h"

namespace twingrad {
namespace {

// Operators that are no movement of elements but give only what they were given, up to the sign,
// constants, and small integers.
constexpr std::array<std::string_view, 31> kExact = {
    "Abs",          "ArgMax",          "ArgMin",
    "Cast",         "CastLike",        "Ceil",
    "Clip",         "Constant",        "ConstantOfShape",
    "EyeLike",      "Floor",           "GlobalMaxPool",
    "Hardmax",      "IsInf",           "IsNaN",
    "Max",          "MaxPool",         "Min",
    "Neg",          "NonZero",         "OneHot",
    "ReduceMax",    "ReduceMin",       "Relu",
    "ReluGradient", "Round",           "Sign",
    "Size",         "ThresholdedRelu", "TopK",
    "Where"};

// Two random bits an element: 32 elements share a draw.
template <typename Float, typename Bits>
void move(std::span<Float> values, const RandomStream& stream) {
  uint64_t drawn = 0;
  for (size_t i = 0; i < values.size(); ++i, drawn >>= 2) {
    if (i % 32 == 0) drawn = stream.bits(i / 32);
    if ((drawn & 2) != 0 || values[i] == 0 || !std::isfinite(values[i])) continue;
    const Bits bits = std::bit_cast<Bits>(values[i]);
    const auto next = static_cast<Bits>((drawn & 1) != 0 ? bits + 1 : bits - 1);
    values[i] = std::bit_cast<Float>(next);
  }
}

// What is drawn depends on the run, the node and the numbers themselves: other steps of a training
// run move other elements, without anything that is kept from node to node.
RandomStream stream_of(const Tensor& output, const Node& node, int run) {
  uint64_t mixed = static_cast<uint64_t>(node.outputs.empty() ? 0 : node.outputs[0]);
  const std::span<const std::byte> bytes = output.bytes();
  for (size_t i = 0; i < std::min<size_t>(bytes.size(), 256); ++i) {
    mixed = (mixed ^ static_cast<uint64_t>(bytes[i])) * 0x100000001b3;  // FNV-1a
  }
  return {static_cast<uint64_t>(run), mixed};
}

DataType key_of(const KernelContext& context) {
  for (const Tensor* output : context.outputs) {
    if (output == nullptr) continue;
    if (is_floating_point(output->type()) || context.inputs.empty()) return output->type();
    break;
  }
  return context.has_input(0) ? context.input(0).type() : DataType::kUndefined;
}

// Rows are plain functions, so what they wrap is a parameter of the template.
template <const Backend& (*Base)(), int Run>
void run_perturbed(const KernelContext& context) {
  run_kernel(*Base().find(*context.node.op, key_of(context)), context);
  for (Tensor* output : context.outputs) {
    if (output == nullptr) continue;
    const RandomStream stream = stream_of(*output, context.node, Run);
    if (output->type() == DataType::kFloat) move<float, uint32_t>(output->values<float>(), stream);
    if (output->type() == DataType::kDouble) {
      move<double, uint64_t>(output->values<double>(), stream);
    }
  }
}

template <const Backend& (*Base)(), int Run>
const Backend& perturbed() {
  static const Backend backend = [] {
    std::vector<KernelRow> rows;
    for (const Backend* table = &Base(); table != nullptr; table = table->base()) {
      for (KernelRow row : table->rows()) {
        const OpDef* op = find_op(row.domain, row.op);
        if (op == nullptr || row.evaluate != nullptr || !is_rounded(*op)) continue;
        row.run = run_perturbed<Base, Run>;
        row.elements = nullptr;
        rows.push_back(row);
      }
    }
    return Backend(Base().name(), std::move(rows), &Base());
  }();
  return backend;
}

template <const Backend& (*Base)()>
const Backend& perturbed(int run) {
  constexpr std::array kRuns = {perturbed<Base, 1>, perturbed<Base, 2>, perturbed<Base, 3>};
  static_assert(kRuns.size() == kPerturbedRuns);
  return kRuns.at(static_cast<size_t>(run - 1))();
}

}  // namespace

bool is_rounded(const OpDef& op) {
  switch (op.op_class) {
    case OpClass::kView:
    case OpClass::kMovement:
    case OpClass::kControlFlow:
    case OpClass::kRandom:
      return false;
    default:
      return std::ranges::find(kExact, op.name) == kExact.end();
  }
}

const Backend& perturbed_backend(const Backend& base, int run) {
  if (&base == &openblas_backend()) return perturbed<openblas_backend>(run);
  check(&base == &reference_backend(), "backend ", quoted_name(std::string(base.name())),
        " has no Monte-Carlo arithmetic");
  return perturbed<reference_backend>(run);
}

}  // namespace twingrad
