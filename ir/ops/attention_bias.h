#pragma once

#include <optional>

#include "ir/expression.h"

namespace twingrad {

// Which keys a query may see, by position: query i stands at p = offset + i, and sees keys j with
// p - left <= j <= p + right. Absent bounds do not bind.
struct AttentionWindow {
  std::optional<int64_t> left;
  std::optional<int64_t> right;
  std::optional<Expr> offset;  // int64[1]: the same for the whole batch; absent: 0
  // int64[B]: only keys below it exist, and the last query stands at the last of them. Then there
  // is no `offset`.
  std::optional<Expr> valid;
};

// What is added to the scores [B,Hq,S,T]; all absent where every query sees every key.
struct AttentionBias {
  std::optional<Expr> value;       // 0 or the float mask, -inf at disallowed keys
  std::optional<Expr> row_masked;  // bool, 1 in the last axis: the query sees no key
  std::optional<Expr> finite;  // `value`, but 0 for queries that see no key: their softmax, which
                               // is then not used, and its derivative have no NaN
};

// `mask` is bool (true: allowed), or a number that is added; its last axis may be shorter than that
// of the keys [B,H,T,d]: the rest is disallowed. In the type of `q` [B,Hq,S,d].
AttentionBias attention_bias(Expr q, Expr k, const std::optional<Expr>& mask,
                             const AttentionWindow& window);

}  // namespace twingrad
