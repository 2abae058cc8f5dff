#include "ir/ops/attention_bias.h"

#include <limits>

#include "ir/ops/extents.h"

namespace twingrad {
namespace {

constexpr double kMasked = -std::numeric_limits<double>::infinity();

void restrict(std::optional<Expr>& allowed, Expr condition) {
  allowed = allowed ? allowed->apply("And", {condition}) : condition;
}

// Positions of the queries [S,1], or of every batch entry's [B,1,S,1].
Expr query_positions(Expr q, const AttentionWindow& window) {
  const std::vector<int64_t> column = {1};
  const Expr rows = unsqueeze(counted(extent_of(q, 2)), column);
  if (window.valid) {
    const std::vector<int64_t> axes = {1, 2, 3};
    return rows + unsqueeze(*window.valid - extent_of(q, 2), axes);
  }
  return window.offset ? rows + *window.offset : rows;
}

// nullopt: all are.
std::optional<Expr> allowed_by_position(Expr q, Expr k, const AttentionWindow& window) {
  std::optional<Expr> allowed;
  if (!window.left && !window.right && !window.valid) return allowed;
  const Expr keys = counted(extent_of(k, 2));
  if (window.left || window.right) {
    const Expr queries = query_positions(q, window);
    const auto number = [&](int64_t n) { return keys.like(static_cast<double>(n)); };
    if (window.right) {
      restrict(allowed, keys <= (*window.right == 0 ? queries : queries + number(*window.right)));
    }
    if (window.left) {
      restrict(allowed, keys >= (*window.left == 0 ? queries : queries - number(*window.left)));
    }
  }
  if (window.valid) {
    const std::vector<int64_t> axes = {1, 2, 3};
    restrict(allowed, keys < unsqueeze(*window.valid, axes));
  }
  return allowed;
}

}  // namespace

AttentionBias attention_bias(Expr q, Expr k, const std::optional<Expr>& mask,
                             const AttentionWindow& window) {
  std::optional<Expr> allowed = allowed_by_position(q, k, window);
  AttentionBias bias;
  if (mask && mask->element() == DataType::kBool) {
    restrict(allowed, padded_last(*mask, extent_of(k, 2), 0));
  } else if (mask) {
    bias.value = padded_last(cast(*mask, q.element()), extent_of(k, 2), kMasked);
  }
  if (allowed) {
    const Expr disallowed = where(*allowed, q.like(0), q.like(kMasked));
    bias.value = bias.value ? *bias.value + disallowed : disallowed;
  }
  if (!bias.value) return bias;
  bias.finite = bias.value;
  // The first key is below every upper bound, so that without another bound none is masked.
  if (!mask && !window.left && !window.valid) return bias;
  const Expr highest = bias.value->apply("ReduceMax", {q.integers({-1})});
  bias.row_masked = equal(highest, q.like(kMasked));
  bias.finite = where(*bias.row_masked, q.like(0), *bias.value);
  return bias;
}

}  // namespace twingrad
