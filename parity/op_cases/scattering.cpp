#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> scattering_cases() {
  const OpInput data{{4, 3}, Range::kDistinct, {}};
  const OpInput rows{{3, 3}, Range::kDistinct, {}};
  const OpInput tuples = fixed_input(Tensor::of<int64_t>({3, 1}, {2, -4, 2}));
  const OpInput along = fixed_input(Tensor::of<int64_t>({2, 3}, {0, 1, -1, 2, 1, 3}));
  const OpInput few{{2, 3}, Range::kDistinct, {}};
  std::vector<OpCase> cases = {
      {"GatherND",
       "elements",
       {data, fixed_input(Tensor::of<int64_t>({3, 2}, {0, 1, 3, -1, 0, 1}))}},
      {"GatherND",
       "batches",
       {{{2, 3, 2}, Range::kAny, {}}, fixed_input(Tensor::of<int64_t>({2, 1}, {1, 0}))},
       {{"batch_dims", int64_t{1}}}},
      {"ScatterND", "none", {data, fixed_input(Tensor::of<int64_t>({2, 1}, {2, 0})), few}},
      {"ScatterND",
       "mul_with_zeros",
       {point_input({3}, {0, 2, 3}), fixed_input(Tensor::of<int64_t>({4, 1}, {0, 1, 1, 2})),
        point_input({4}, {2, 0, 3, 4})},
       {{"reduction", std::string("mul")}},
       1,
       {},
       false},
  };
  for (const char* reduction : {"add", "mul", "max", "min"}) {
    const Attributes attributes = {{"reduction", std::string(reduction)}};
    // Of a product with zeros, which distinct elements may have, only the first order holds.
    const auto drawn = [&](OpInput input) {
      if (std::string(reduction) == "mul") input.range = Range::kAny;
      return input;
    };
    const std::string label = std::string("reduced_") + reduction;
    cases.push_back({"ScatterND", label, {drawn(data), tuples, drawn(rows)}, attributes});
    cases.push_back({"ScatterElements", label, {drawn(data), along, drawn(few)}, attributes});
  }
  const auto scalar = [](double value) { return point_input({}, {value}); };
  cases.push_back(
      {"Range", "floats", {scalar(0.5), fixed_input(Tensor::scalar<double>(2.1)), scalar(0.3)}});
  return cases;
}

}  // namespace twingrad
