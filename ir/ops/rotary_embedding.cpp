#include <limits>

#include "ir/ops/attention_expansion.h"
#include "ir/ops/extents.h"

namespace twingrad {
namespace {

constexpr int64_t kToTheEnd = std::numeric_limits<int64_t>::max();

// Elements first, first + step, ... before `last` of the last axis.
Expr part(Expr x, Expr first, Expr last, int64_t step) {
  return x.apply("Slice", {first, last, x.integers({x.rank() - 1}), x.integers({step})});
}

Expr interleaved_again(Expr real, Expr imaginary) {
  const std::vector<int64_t> inner = {real.rank()};
  const std::vector<Expr> pairs = {unsqueeze(real, inner), unsqueeze(imaginary, inner)};
  const Expr stacked = concat(pairs, real.rank());
  return reshape(stacked, joined({extents_before(real, -1), multiple(extent_of(real, -1), 2)}));
}

}  // namespace

Expr rotated(Expr x, Expr cosines, Expr sines, bool whole, bool interleaved) {
  const Expr none = x.integers({0});
  const Expr half = extent_of(cosines, -1);
  const Expr turned = multiple(half, 2);
  const Expr first = interleaved ? part(x, none, turned, 2) : part(x, none, half, 1);
  const Expr second = interleaved ? part(x, x.integers({1}), turned, 2) : part(x, half, turned, 1);
  const Expr real = cosines * first - sines * second;
  const Expr imaginary = sines * first + cosines * second;
  std::vector<Expr> parts;
  if (interleaved) {
    parts = {interleaved_again(real, imaginary)};
  } else {
    parts = {real, imaginary};
  }
  if (!whole) parts.push_back(part(x, turned, x.integers({kToTheEnd}), 1));
  return parts.size() == 1 ? parts[0] : concat(parts, x.rank() - 1);
}

std::vector<ValueId> expand_rotary_embedding(Builder& builder, const Node& node,
                                             std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const bool packed = x.rank() == 3;
  // The heads stand behind the sequence in packed form, in front of it otherwise.
  const std::vector<int64_t> heads = {packed ? 2 : 1};
  const bool by_position = inputs.size() > 3 && inputs[3] != kNoValue;
  const auto cache = [&](size_t i) {
    const Expr table(builder, inputs[i]);
    return unsqueeze(by_position ? gather(table, {builder, inputs[3]}, 0) : table, heads);
  };
  const Expr split = packed ? split_heads(x, node.attributes.integer("num_heads")) : x;
  const bool whole = node.attributes.integer("rotary_embedding_dim") == 0;
  const Expr y = rotated(split, cache(1), cache(2), whole, node.attributes.flag("interleaved"));
  return {(packed ? merge_heads(y) : y).id()};
}

}  // namespace twingrad
