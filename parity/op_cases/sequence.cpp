#include "ir/builder.h"
#include "ir/training_domain.h"
#include "parity/op_cases.h"

namespace twingrad {
namespace {

OpInput in_optional(OpInput input) {
  input.is_optional = true;
  return input;
}

}  // namespace

std::vector<OpCase> sequence_cases() {
  const OpInput matrix{{2, 3}, Range::kAny, {}};
  const OpInput none{{}, Range::kNone, {}};
  const OpInput alike = sequence_input({{2, 3}, {2, 3}, {2, 3}});
  const OpInput ragged = sequence_input({{2, 3}, {1, 3}, {4, 3}});
  const OpInput first = fixed_input(Tensor::scalar<int64_t>(0));
  const OpInput middle = fixed_input(Tensor::scalar<int64_t>(1));
  const OpInput last = fixed_input(Tensor::scalar<int64_t>(-1));
  const OpInput start = fixed_input(Tensor::scalar<int64_t>(1));
  const OpInput count = fixed_input(Tensor::scalar<int64_t>(2));
  const std::string internal(kInternalDomain);
  const std::string training(kTrainingDomain);
  const OpInput rate{{}, Range::kPositive, {}};
  const OpInput squares{{2, 3}, Range::kPositive, {}};
  const Attributes momentum = {{"alpha", 0.9F},
                               {"beta", 0.5F},
                               {"norm_coefficient", 0.1F},
                               {"mode", std::string("standard")}};
  Attributes nesterov = momentum;
  nesterov.set("mode", std::string("nesterov"));
  return {
      {"SequenceConstruct", "two", {matrix, matrix}},
      {"SequenceAt", "front", {ragged, first}},
      {"SequenceAt", "back", {ragged, last}},
      {"SequenceInsert", "back", {ragged, matrix}},
      {"SequenceInsert", "middle", {ragged, matrix, middle}},
      {"SequenceInsert", "before_last", {alike, matrix, last}},
      {"SequenceErase", "last", {ragged}},
      {"SequenceErase", "middle", {ragged, middle}},
      {"SequenceErase", "from_the_back", {alike, last}},
      {"SplitToSequence", "ones", {matrix}, {{"axis", int64_t{1}}}},
      {"SplitToSequence", "squeezed", {matrix}, {{"keepdims", int64_t{0}}}},
      {"SplitToSequence",
       "chunks",
       {matrix, fixed_input(Tensor::scalar<int64_t>(2))},
       {{"axis", int64_t{-1}}}},
      {"SplitToSequence", "given", {matrix, integers_input({1, 0, 2})}, {{"axis", int64_t{1}}}},
      {"ConcatFromSequence", "ragged", {ragged}, {{"axis", int64_t{0}}}},
      {"ConcatFromSequence", "last_axis", {alike}, {{"axis", int64_t{-1}}}},
      {"ConcatFromSequence", "stacked", {alike}, {{"axis", int64_t{-1}}, {"new_axis", int64_t{1}}}},
      {"Optional", "tensor", {matrix}},
      {"Optional", "sequence", {ragged}},
      {"OptionalGetElement", "tensor", {in_optional(matrix)}},
      {"OptionalGetElement", "sequence", {in_optional(ragged)}},
      {"OptionalGetElement", "no_optional", {matrix}},
      {"Accumulate", "tensors", {matrix, matrix}, {}, 1, internal},
      {"Accumulate", "sequences", {ragged, ragged}, {}, 1, internal},
      {"Accumulate", "optionals", {in_optional(matrix), in_optional(matrix)}, {}, 1, internal},
      {"SequenceJoin", "ragged", {ragged, alike}, {}, 1, internal},
      {"SequenceSlice", "two", {ragged, start, count}, {}, 1, internal},
      {"Adagrad",
       "decaying",
       {rate, count, matrix, matrix, squares},
       {{"decay_factor", 0.1F}, {"norm_coefficient", 0.1F}},
       2,
       training},
      {"Adam",
       "later_step",
       {rate, count, matrix, matrix, matrix, squares},
       {{"norm_coefficient", 0.1F}, {"norm_coefficient_post", 0.1F}},
       3,
       training},
      {"Adam", "first_step", {rate, first, matrix, matrix, matrix, squares}, {}, 3, training},
      {"Momentum",
       "two_tensors",
       {rate, count, matrix, squares, matrix, squares, matrix, squares},
       momentum,
       4,
       training},
      {"Momentum", "nesterov", {rate, first, matrix, matrix, matrix}, nesterov, 2, training},
  };
}

}  // namespace twingrad
