#include <cmath>

#include "backends/elementwise.h"
#include "backends/reference/arithmetic.h"
#include "backends/reference/element_map.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

template <typename Compare>
void compare_numbers(const ElementRun& run) {
  dispatch_numbers(run.type, [&]<typename T>() { map_two_runs<T, bool>(run, Compare()); });
}

template <typename Connect>
void connect(const ElementRun& run) {
  map_two_runs<bool>(run, Connect());
}

void equal_elements(const ElementRun& run) {
  if (run.type == DataType::kBool) return map_two_runs<bool>(run, std::equal_to<>());
  compare_numbers<std::equal_to<>>(run);
}

void not_elements(const ElementRun& run) {
  map_run<bool>(run, std::logical_not<>());
}

// Whether `test` holds for each element, of the 16- and 8-bit floats for its float value.
template <typename Test>
void test_floats(const ElementRun& run, Test test) {
  if (kFloat8Types.contains(run.type)) {
    map_run<uint8_t, bool>(
        run, [&](uint8_t bits) { return test(small_float_to_float(bits, run.type)); });
  } else {
    dispatch_floats(run.type, [&]<typename T>() { map_run<T, bool>(run, test); });
  }
}

void is_nan_elements(const ElementRun& run) {
  test_floats(run, [](auto x) { return std::isnan(x); });
}

void is_infinite_elements(const ElementRun& run) {
  const bool negative = run.node.attributes.flag("detect_negative");
  const bool positive = run.node.attributes.flag("detect_positive");
  test_floats(
      run, [negative, positive](auto x) { return std::isinf(x) && (x < 0 ? negative : positive); });
}

void where_elements(const ElementRun& run) {
  dispatch_sizes(run.output_type, [&]<typename T>() {
    const auto* condition = static_cast<const bool*>(run.inputs[0]);
    const auto* a = static_cast<const T*>(run.inputs[1]);
    const auto* b = static_cast<const T*>(run.inputs[2]);
    auto* y = static_cast<T*>(run.output);
    for (int64_t i = 0; i < run.count; ++i) {
      y[i] = condition[i * run.strides[0]] ? a[i * run.strides[1]] : b[i * run.strides[2]];
    }
  });
}

// Calls f(offsets of the inputs, index of the output element) for every element.
template <typename F>
void for_each_element(const KernelContext& context, F f) {
  std::array<const Shape*, 3> shapes{};
  const size_t count = context.inputs.size();
  for (size_t i = 0; i < count; ++i) shapes[i] = &context.input(i).shape();
  const BroadcastPlan plan =
      plan_broadcast(context.output().shape(), std::span(shapes).first(count));
  for (int64_t run = 0; run < plan.run_count(); ++run) {
    std::array<int64_t, 3> offsets{};
    for (size_t i = 0; i < count; ++i) offsets[i] = plan.offset(i, run);
    for (int64_t k = 0; k < plan.run_length(); ++k) {
      f(offsets, run * plan.run_length() + k);
      for (size_t i = 0; i < count; ++i) offsets[i] += plan.strides[i].back();
    }
  }
}

void equal_strings(const KernelContext& context) {
  const std::string* a = elements_of<std::string>(context.input(0));
  const std::string* b = elements_of<std::string>(context.input(1));
  bool* y = context.output().data<bool>();
  for_each_element(context, [&](const auto& at, int64_t i) { y[i] = a[at[0]] == b[at[1]]; });
}

// Strings are no array of bytes, so that a run of elements cannot hold them.
void where(const KernelContext& context) {
  if (context.output().type() != DataType::kString) {
    return run_elementwise(context, where_elements);
  }
  const bool* condition = context.input(0).data<bool>();
  const std::string* a = elements_of<std::string>(context.input(1));
  const std::string* b = elements_of<std::string>(context.input(2));
  std::string* y = elements_of<std::string>(context.output());
  for_each_element(
      context, [&](const auto& at, int64_t i) { y[i] = condition[at[0]] ? a[at[1]] : b[at[2]]; });
}

}  // namespace

std::vector<KernelRow> reference_logic_kernels() {
  const TypeSet small_floats = kFloat8Types | TypeSet{DataType::kFloat4E2M1};
  return {
      {.op = "Equal", .types = kNumericTypes | kBoolType, .elements = equal_elements},
      {.op = "Equal", .types = kStringType, .run = equal_strings},
      {.op = "Greater", .types = kNumericTypes, .elements = compare_numbers<std::greater<>>},
      {.op = "GreaterOrEqual",
       .types = kNumericTypes,
       .elements = compare_numbers<std::greater_equal<>>},
      {.op = "Less", .types = kNumericTypes, .elements = compare_numbers<std::less<>>},
      {.op = "LessOrEqual", .types = kNumericTypes, .elements = compare_numbers<std::less_equal<>>},
      {.op = "And", .types = kBoolType, .elements = connect<std::logical_and<>>},
      {.op = "Or", .types = kBoolType, .elements = connect<std::logical_or<>>},
      {.op = "Xor", .types = kBoolType, .elements = connect<std::not_equal_to<>>},
      {.op = "Not", .types = kBoolType, .elements = not_elements},
      {.op = "IsNaN", .types = kFloatTypes | kFloat8Types, .elements = is_nan_elements},
      {.op = "IsInf", .types = kFloatTypes | kFloat8Types, .elements = is_infinite_elements},
      {.op = "Where", .types = kFloatTypes | small_floats, .elements = where_elements},
      {.op = "Where", .types = kBoolType, .run = where},
  };
}

}  // namespace twingrad
