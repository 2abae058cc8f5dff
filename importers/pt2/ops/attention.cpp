#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// Keys and values of fewer heads than queries are shared by groups of them.
Expr shared_heads(Expr x, Expr query) {
  const int64_t axis = x.rank() - 3;
  const Dimension& own = x.shape()[axis];
  const Dimension& wanted = query.shape()[axis];
  check(own.known() && wanted.known() && own.extent > 0 && wanted.extent % own.extent == 0,
        "heads do not fit");
  const int64_t times = wanted.extent / own.extent;
  if (times == 1) return x;
  std::vector<int64_t> index;
  for (int64_t i = 0; i < wanted.extent; ++i) index.push_back(i / times);
  return gather(x, integer_vector(x.builder(), index), axis);
}

// True where a query may look at a key: not behind it.
Expr causal(Expr scores) {
  const Expr queries = extent_along(scores, scores.rank() - 2);
  const Expr keys = extent_along(scores, scores.rank() - 1);
  const Expr zero = queries.like(0);
  const Expr row = zero.apply("Range", {queries, zero.like(1)});
  const Expr column = zero.apply("Range", {keys, zero.like(1)});
  return unsqueeze(row, std::array{int64_t{1}}) >= column;
}

struct Weights {
  Expr weights;
  Expr scores;
};

// The softmax along the keys; a query that may look at no key gets zeros.
Weights weights_of(Expr scores, std::optional<Expr> mask) {
  const int64_t axis = scores.rank() - 1;
  if (!mask) return {softmax(scores, axis), scores};
  const double minus_infinity = -std::numeric_limits<double>::infinity();
  const Expr masked = mask->element() == DataType::kBool
                          ? where(*mask, scores, scores.like(minus_infinity))
                          : scores + cast(*mask, scores.element());
  const Expr largest = masked.apply("ReduceMax", {scores.integers({axis})});
  const Expr empty = largest.apply("IsInf", {}, {{"detect_positive", int64_t{0}}});
  const Expr safe = where(empty, scores.like(0), masked);
  return {where(empty, scores.like(0), softmax(safe, axis)), masked};
}

struct Attended {
  Expr output;
  Weights weights;
};

Attended attention(Call c, bool grouped) {
  const Expr query = c.tensor("query");
  const Expr key = grouped ? shared_heads(c.tensor("key"), query) : c.tensor("key");
  const Expr value = grouped ? shared_heads(c.tensor("value"), query) : c.tensor("value");
  const Dimension& width = query.shape()[query.rank() - 1];
  check(width.known() || !c.is_none("scale"), "the width of a head is not known");
  const double scale =
      c.is_none("scale") ? 1 / std::sqrt(static_cast<double>(width.extent)) : c.real("scale");
  const Expr scores = matmul(query * scale, swap_last_two(key));
  std::optional<Expr> mask = c.optional("attn_mask");
  if (c.flag("is_causal")) mask = causal(scores);
  const Weights weights = weights_of(scores, mask);
  Expr taken = weights.weights;
  if (const double p = c.real("dropout_p"); p > 0) taken = dropped(taken, p);
  return {matmul(taken, value), weights};
}

Expr attended(Call c) {
  return attention(c, c.flag("enable_gqa")).output;
}

AtenResults with_log_sum(Call c) {
  const Attended a = attention(c, false);
  const Expr axis = a.output.integers({-1});
  const Expr sum = a.weights.scores.apply("ReduceLogSumExp", {axis}, {{"keepdims", int64_t{0}}});
  return AtenResults::of({a.output.id(), sum.id(), kNoValue, kNoValue});
}

AtenResults with_weights(Call c) {
  const Attended a = attention(c, c.flag("enable_gqa"));
  return {a.output, a.weights.weights};
}

}  // namespace

std::vector<AtenRow> attention_rows() {
  return {
      {"aten.scaled_dot_product_attention.default",
       "query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, *, scale=None, "
       "enable_gqa=False",
       attended},
      {"aten._scaled_dot_product_attention_math.default",
       "query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, dropout_mask=None, *, "
       "scale=None, enable_gqa=False",
       with_weights},
      {"aten._scaled_dot_product_flash_attention_for_cpu.default",
       "query, key, value, dropout_p=0.0, is_causal=False, *, attn_mask=None, scale=None",
       with_log_sum},
  };
}

}  // namespace twingrad::aten
