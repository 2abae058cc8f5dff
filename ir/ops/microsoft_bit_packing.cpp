#include <limits>

#include "ir/domains.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/ops/expansion_inference.h"
#include "ir/ops/extents.h"
#include "ir/ops/tables.h"

// Weights of a few bits, several to a byte, lowest bits first.

namespace twingrad {
namespace {

// The numbers of `bits` bits in bytes, along the last axis.
Expr unpacked(Expr bytes, int64_t bits) {
  const int64_t count = 8 / bits;
  if (count == 1) return bytes;
  Tensor shifts(DataType::kUint8, {count});
  for (int64_t i = 0; i < count; ++i) set_element(shifts, i, static_cast<double>(i * bits));
  const std::vector<int64_t> inner = {bytes.rank()};
  const Expr all = unsqueeze(bytes, inner)
                       .apply("BitShift", {Expr(bytes.builder(), bytes.builder().constant(shifts))},
                              {{"direction", std::string("RIGHT")}})
                       .apply("BitwiseAnd", {bytes.like(static_cast<double>((1 << bits) - 1))});
  return reshape(all, joined({extents_before(bytes, -1), multiple(extent_of(bytes, -1), count)}));
}

// Where weight [N,K] is quantized: K in blocks, the last of which may be longer than K.
struct Packing {
  int64_t rows;
  int64_t columns;
  int64_t bits;
  int64_t block;

  int64_t blocks() const { return (columns + block - 1) / block; }
};

Packing packing_of(const Attributes& attributes) {
  const Packing packing{attributes.integer("N"), attributes.integer("K"),
                        attributes.integer("bits"), attributes.integer("block_size")};
  constexpr int64_t kLargest = std::numeric_limits<int32_t>::max();
  check(packing.rows > 0 && packing.rows <= kLargest && packing.columns > 0 &&
            packing.columns <= kLargest,
        "attributes 'N' and 'K' are ", packing.rows, " and ", packing.columns);
  check(packing.block >= 16 && packing.block <= kLargest &&
            (packing.block & (packing.block - 1)) == 0,
        "attribute 'block_size' must be a power of two from 16 on, found ", packing.block);
  if (packing.bits != 2 && packing.bits != 4 && packing.bits != 8) {
    fail_unsupported("attribute 'bits' must be 2, 4 or 8, found ", packing.bits);
  }
  if (attributes.integer("weight_prepacked") != 0) {
    fail_unsupported("attribute 'weight_prepacked' is ", attributes.integer("weight_prepacked"),
                     ": a layout of one device");
  }
  return packing;
}

// [N, blocks], from as many floats or from packed numbers that fill whole bytes in every row.
Expr zero_points(Expr given, const Packing& packing) {
  if (given.element() != DataType::kUint8) {
    const std::vector<int64_t> shape = {packing.rows, packing.blocks()};
    return reshape(given, shape);
  }
  const std::vector<int64_t> shape = {packing.rows, (packing.blocks() * packing.bits + 7) / 8};
  return slice(unpacked(reshape(given, shape), packing.bits), 1, 0, packing.blocks());
}

// A, B, scales, zero points, the block of every column of the weight, bias.
std::vector<ValueId> expand_product(Builder& builder, const Node& node,
                                    std::span<const ValueId> inputs) {
  const auto has = [&](size_t i) { return i < inputs.size() && inputs[i] != kNoValue; };
  const auto given = [&](size_t i) { return Expr(builder, inputs[i]); };
  const Packing packing = packing_of(node.attributes);
  const Expr a = given(0);
  const std::vector<int64_t> bytes = {packing.rows, packing.blocks(),
                                      packing.block * packing.bits / 8};
  const std::vector<int64_t> by_block = {packing.rows, packing.blocks()};
  const std::vector<int64_t> flat = {packing.rows, packing.blocks() * packing.block};
  const std::vector<int64_t> inner = {2};
  const bool ordered = !has(4);
  // For every block, or with an index for every column.
  const auto spread = [&](Expr x) {
    const Expr factor = cast(x, a.element());
    if (ordered) return unsqueeze(factor, inner);
    return gather(factor, slice(given(4), 0, 0, packing.columns), 1);
  };
  Expr steps = unpacked(reshape(given(1), bytes), packing.bits);
  if (!ordered) steps = slice(reshape(steps, flat), 1, 0, packing.columns);
  const double middle = static_cast<double>(int64_t{1} << (packing.bits - 1));
  const Expr zero = has(3) ? spread(zero_points(given(3), packing)) : a.like(middle);
  Expr weight = (cast(steps, a.element()) - zero) * spread(reshape(given(2), by_block));
  if (ordered) weight = slice(reshape(weight, flat), 1, 0, packing.columns);
  const Expr y = matmul(a, swap_last_two(weight));
  return {(has(5) ? y + given(5) : y).id()};
}

}  // namespace

std::vector<OpRow> microsoft_bit_packing_ops() {
  return {
      {.name = "MatMulNBits",
       .signature = "A:T1, B:uint8, scales:T1, zero_points:T3?, g_idx:int32?, bias:T1? -> Y:T1",
       .types = {{"T1", kFloatTypes}, {"T3", kFloatTypes | TypeSet{DataType::kUint8}}},
       // The accuracy level allows A to be rounded, which is not done here.
       .attributes = {required("K", AttributeType::kInt), required("N", AttributeType::kInt),
                      defaulted("accuracy_level", int64_t{0}), defaulted("bits", int64_t{4}),
                      required("block_size", AttributeType::kInt),
                      defaulted("weight_prepacked", int64_t{0})},
       .op_class = OpClass::kContraction,
       .infer = infer_by_expansion,
       .expand = expand_product,
       .domain = kMicrosoftDomain},
  };
}

}  // namespace twingrad
