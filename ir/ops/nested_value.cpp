#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/sequence_expansion.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// What the reverse sweep needs to handle the cotangents of sequences and optionals: they have the
// structure of the value, with tensors of its shapes in it.

void infer_zeros_like(InferContext& context) {
  context.set_type(0, context.input(0));
}

// Both sides have one type, of which each may know a part.
void infer_accumulate(InferContext& context) {
  context.set_type(0, intersection_of(context.input(0), context.input(1)));
}

void check_sequence(const InferContext& context, size_t i) {
  check(context.input(i).is_sequence(), "input ", i, " must be a sequence, found ",
        context.input(i));
}

void infer_join(InferContext& context) {
  check_sequence(context, 0);
  check_sequence(context, 1);
  context.set_type(0, union_of(context.input(0), context.input(1)));
}

void infer_sequence_slice(InferContext& context) {
  check_sequence(context, 0);
  context.set_type(0, context.input(0));
}

}  // namespace

std::vector<OpRow> nested_value_ops() {
  return {
      {.name = "ZerosLike",
       .signature = "x:any -> zeros:any",
       .types = {},
       .infer = infer_zeros_like,
       .expand = expand_zeros_like,
       .domain = kInternalDomain},
      {.name = "Accumulate",
       .signature = "a:any, b:any -> sum:any",
       .types = {},
       .infer = infer_accumulate,
       .expand = expand_accumulate,
       .domain = kInternalDomain},
      // The items of one sequence, then those of another.
      {.name = "SequenceJoin",
       .signature = "a:any, b:any -> joined:any",
       .types = {},
       .infer = infer_join,
       .expand = expand_sequence_join,
       .domain = kInternalDomain},
      // Items [start, start + count).
      {.name = "SequenceSlice",
       .signature = "sequence:any, start:int64, count:int64 -> part:any",
       .types = {},
       .infer = infer_sequence_slice,
       .expand = expand_sequence_slice,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
