#include <algorithm>
#include <limits>
#include <string_view>

#include "backends/eager.h"
#include "ir/expression.h"
#include "parity/mutation/mutation.h"

namespace twingrad {
namespace {

// What another framework, or the program that wrote the reference down, has made of a tensor.
using Formula = Expr (*)(Expr recorded);

Tensor computed(Formula formula, const Tensor& recorded, ThreadPool& pool) {
  Graph graph;
  Eager eager(graph, {.backend = &reference_backend(), .pool = &pool});
  return eager.tensor(formula({eager, eager.constant(recorded)}).id());
}

Expr blocks(Expr x, int64_t axis, std::initializer_list<int64_t> order) {
  const int64_t size = x.shape().shape()[axis] / static_cast<int64_t>(order.size());
  std::vector<int64_t> indices;
  for (const int64_t block : order) {
    for (int64_t i = 0; i < size; ++i) indices.push_back(block * size + i);
  }
  return gather(x, x.integers(indices), axis);
}

Expr transposed(Expr x) {
  return transpose(x, {{1, 0}});
}
Expr lstm_gates(Expr x) {  // i,o,f,c to i,f,c,o
  return blocks(x, 1, {0, 2, 3, 1});
}
Expr lstm_gates_of_both_biases(Expr x) {
  return blocks(x, 1, {0, 2, 3, 1, 4, 6, 7, 5});
}
Expr gru_gates(Expr x) {  // z,r,h to r,z,h
  return blocks(x, 1, {1, 0, 2});
}
Expr gru_gates_of_both_biases(Expr x) {
  return blocks(x, 1, {1, 0, 2, 4, 3, 5});
}
Expr twice(Expr x) {
  return x * 2;
}
Expr scaled_by_1024(Expr x) {
  return x * 1024;
}
Expr half(Expr x) {
  return x * 0.5;
}
Expr fivefold(Expr x) {
  return x * 5;
}
Expr quarter(Expr x) {
  return x * 0.25;
}
Expr negative(Expr x) {
  return -x;
}
Expr zeros(Expr x) {
  return zeros_as(x);
}
Expr kernel_last(Expr x) {  // (out, in, H, W) to (H, W, in, out)
  return transpose(x, {{2, 3, 1, 0}});
}
Expr channels_last(Expr x) {
  return transpose(x, {{0, 2, 3, 1}});
}
// The columns of what follows Flatten, of 4 channels of 2 x 2.
Expr flattened_channels_last(Expr x) {
  const Expr image = reshape(x, {{3, 4, 2, 2}});
  return reshape(transpose(image, {{0, 2, 3, 1}}), {{3, 16}});
}
Expr flattened(Expr x) {
  return reshape(x, {{-1}});
}
Expr in_double(Expr x) {
  return cast(x, DataType::kDouble);
}
Expr in_bfloat16_steps(Expr x) {
  return cast(cast(x, DataType::kBfloat16), x.element());
}
Expr thousandth_more(Expr x) {
  return x * 1.001;
}
Expr offset(Expr x) {
  return x + 1e-3;
}
Expr first_element(Expr x, double value) {
  Tensor one = Tensor::zeros(x.element(), x.shape().shape());
  set_element(one, 0, value);
  return x + Expr(x.builder(), x.builder().constant(std::move(one)));
}
Expr one_wrong(Expr x) {
  return first_element(x, 0.01);
}
Expr one_nan(Expr x) {
  return first_element(x, std::numeric_limits<double>::quiet_NaN());
}
Expr one_infinite(Expr x) {
  return first_element(x, -std::numeric_limits<double>::infinity());
}
Expr rolled(Expr x) {
  std::vector<int64_t> order;
  const int64_t extent = x.shape().shape()[x.rank() - 1];
  for (int64_t i = 1; i <= extent; ++i) order.push_back(i % extent);
  return gather(x, x.integers(order), x.rank() - 1);
}

// Tensors of a base case: "gradient W1", "output y", "gradient *" for all.
struct RecordRow {
  std::string_view kind;
  std::string_view cause;
  Formula formula;
  std::vector<std::pair<std::string_view, std::vector<std::string>>> places;
};

std::vector<RecordRow> explained_rows() {
  const std::vector<std::string> all = {"gradient *"};
  return {
      {"transposed weight",
       "transposed",
       transposed,
       {{"perceptron", {"gradient W1"}},
        {"perceptron", {"gradient tied"}},
        {"perceptron", {"gradient W1", "gradient W3"}},
        {"attention", {"gradient Wq"}},
        {"attention", {"gradient Wi", "gradient Wf", "gradient Wo"}},
        {"classifier", {"gradient W2"}},
        {"convolution", {"gradient W"}}}},
      {"swapped gates", "gates", lstm_gates, {{"lstm", {"gradient W", "gradient R"}}}},
      {"swapped gates", "gates", lstm_gates_of_both_biases, {{"lstm", {"gradient B"}}}},
      {"swapped gates", "gates", gru_gates, {{"gru", {"gradient W", "gradient R"}}}},
      {"swapped gates", "gates", gru_gates_of_both_biases, {{"gru", {"gradient B"}}}},
      {"factor 2", "factor", twice, {{"perceptron", all}, {"small-gradients", all}}},
      {"factor 1/2", "factor", half, {{"perceptron", all}}},
      {"loss scale",
       "factor",
       scaled_by_1024,
       {{"convolution", all}, {"lstm", all}, {"attention", all}, {"embedding", all}}},
      {"sum for mean", "reduction", fivefold, {{"perceptron", all}}},
      {"mean for sum", "reduction", quarter, {{"dropout", all}, {"classifier", all}}},
      {"sign",
       "sign",
       negative,
       {{"perceptron", all}, {"attention", {"gradient Wq"}}, {"gru", all}, {"pooling", all}}},
      {"layout of a kernel",
       "layout",
       kernel_last,
       {{"convolution", {"gradient K1"}}, {"convolution", {"gradient K2"}}}},
      {"layout of images",
       "layout",
       channels_last,
       {{"convolution", {"gradient x"}}, {"resize", {"gradient x", "output y"}}}},
      {"layout before Flatten",
       "layout",
       flattened_channels_last,
       {{"convolution", {"gradient W"}}}},
  };
}

std::vector<RecordRow> other_rows() {
  return {
      {"zero gradient",
       "",
       zeros,
       {{"perceptron", {"gradient b3"}}, {"small-gradients", {"gradient W1"}}}},
      {"wrong shape", "", flattened, {{"perceptron", {"gradient W1"}}, {"lstm", {"output y"}}}},
      {"wrong element type",
       "",
       in_double,
       {{"perceptron", {"gradient W1"}}, {"attention", {"output y"}}}},
      {"rounded to bfloat16",
       "",
       in_bfloat16_steps,
       {{"perceptron", {"gradient W3"}}, {"convolution", {"output y"}}}},
      {"constant a thousandth off",
       "",
       thousandth_more,
       {{"attention", {"gradient gain"}},
        {"small-gradients", {"gradient W3"}},
        {"second-order", {"second_order W"}}}},
      {"constant offset", "", offset, {{"gru", {"gradient W"}}, {"resize", {"output y"}}}},
      {"one element wrong",
       "",
       one_wrong,
       {{"perceptron", {"gradient W1"}},
        {"embedding", {"output y"}},
        {"second-order", {"second_order W"}}}},
      {"NaN", "", one_nan, {{"perceptron", {"gradient W1"}}, {"lstm", {"output y"}}}},
      {"infinity", "", one_infinite, {{"convolution", {"gradient K1"}}}},
      {"off by one element",
       "",
       rolled,
       {{"embedding", {"gradient table"}}, {"resize", {"output y"}}}},
  };
}

void change(NamedData& data, const std::string& name, Formula formula, ThreadPool& pool) {
  Datum& datum = data.at(name);
  datum = computed(formula, datum.tensor(), pool);
}

void change(Expectation& expected, const std::string& place, Formula formula, ThreadPool& pool) {
  const size_t space = place.find(' ');
  const std::string name = place.substr(space + 1);
  if (place.starts_with("output")) return change(expected.outputs, name, formula, pool);
  if (place.starts_with("second")) return change(expected.second_order, name, formula, pool);
  for (auto& [gradient, value] : expected.gradients) {
    if (gradient != name && name != "*") continue;
    value = computed(formula, value.value().tensor(), pool);
  }
}

Mutation mutation(const RecordRow& row, std::string_view base,
                  const std::vector<std::string>& tensors) {
  std::string target;
  for (const std::string& tensor : tensors) target += (target.empty() ? "" : ", ") + tensor;
  const auto make = [tensors, formula = row.formula](const ParityCase& right, ThreadPool& pool) {
    Mutant mutant{right, {}};
    for (const std::string& tensor : tensors) change(*mutant.item.expected, tensor, formula, pool);
    return mutant;
  };
  return {"reference", std::string(row.kind), std::string(base),
          target,      "reference",           std::string(row.cause),
          make};
}

Mutation of_presence(const std::string& kind, const std::string& base, const std::string& target,
                     const std::string& leg, void (*change)(ParityCase&, const std::string&)) {
  return {"reference",
          kind,
          base,
          target,
          leg,
          "",
          [change, target](const ParityCase& right, ThreadPool&) {
            Mutant mutant{right, {}};
            change(mutant.item, target);
            return mutant;
          }};
}

void record_no_gradient(ParityCase& item, const std::string& name) {
  item.expected->gradients.at(name) = std::nullopt;
}

// The name is another one than the model's.
void record_under_other_name(ParityCase& item, const std::string& name) {
  const std::string other = name + "_renamed";
  auto node = item.expected->gradients.extract(name);
  node.key() = other;
  item.expected->gradients.insert(std::move(node));
  std::ranges::replace(item.question.gradients, name, other);
}

void record_what_was_not_asked_for(ParityCase& item, const std::string& name) {
  std::erase(item.question.gradients, name);
}

void swap_names(ParityCase& item, const std::string& name) {
  const size_t bar = name.find('/');
  NamedGradients& gradients = item.expected->gradients;
  std::swap(gradients.at(name.substr(0, bar)), gradients.at(name.substr(bar + 1)));
}

}  // namespace

std::vector<Mutation> recorded_value_mutations() {
  std::vector<Mutation> result;
  for (const auto family : {explained_rows, other_rows}) {
    for (const RecordRow& row : family()) {
      for (const auto& [base, tensors] : row.places) {
        result.push_back(mutation(row, base, tensors));
      }
    }
  }
  result.insert(
      result.end(),
      {of_presence("no gradient", "perceptron", "b1", "reference", record_no_gradient),
       of_presence("no gradient", "attention", "Wv", "reference", record_no_gradient),
       of_presence("other name", "perceptron", "W1", "error", record_under_other_name),
       of_presence("other name", "convolution", "K2", "error", record_under_other_name),
       of_presence("not compared", "lstm", "R", "reference", record_what_was_not_asked_for),
       of_presence("swapped names", "perceptron", "b1/b2", "reference", swap_names),
       of_presence("swapped names", "attention", "Wq/Wk", "reference", swap_names),
       of_presence("swapped names", "convolution", "gain/shift", "reference", swap_names)});
  return result;
}

}  // namespace twingrad
