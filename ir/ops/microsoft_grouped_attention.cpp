#include <algorithm>
#include <array>
#include <limits>

#include "ir/domains.h"
#include "ir/error.h"
#include "ir/ops/expansion_inference.h"
#include "ir/ops/extents.h"
#include "ir/ops/microsoft_heads.h"
#include "ir/ops/tables.h"

// RotaryEmbedding and GroupQueryAttention of ONNX Runtime.

namespace twingrad {
namespace {

using Inputs = std::span<const ValueId>;

constexpr double kDisallowed = -std::numeric_limits<double>::infinity();
constexpr std::array<int64_t, 1> kColumn = {1};

bool has(Inputs inputs, size_t i) {
  return i < inputs.size() && inputs[i] != kNoValue;
}

// A number as an int64 vector of one element.
Expr number(Expr x) {
  const std::vector<int64_t> one = {1};
  return cast(reshape(x, one), DataType::kInt64);
}

// Places past + 0, 1, ... of `length` tokens, for past[B].
Expr places(Expr past, Expr length) {
  return unsqueeze(past, kColumn) + counted(length);
}

// x [B,S,heads*size] or [B,heads,S,size] turned at positions [B,S].
Expr turned(Expr x, int64_t heads, Expr positions, Expr cosines, Expr sines, bool interleaved) {
  const int64_t half = known_width(cosines);
  Attributes attributes{{"interleaved", int64_t{interleaved}}};
  const int64_t width = known_width(x);
  int64_t size = width;
  if (x.rank() == 3) {
    check(heads >= 0 && half > 0, "attribute 'num_heads' is ", heads, " for caches of width ",
          half);
    if (heads == 0) heads = width / (2 * half);
    check(heads > 0 && width % heads == 0, width, " features for ", heads, " heads");
    attributes.set("num_heads", heads);
    size = width / heads;
  }
  if (size != 2 * half) attributes.set("rotary_embedding_dim", 2 * half);
  return x.apply("RotaryEmbedding", {cosines, sines, positions}, std::move(attributes));
}

// One position is that of the first token of all.
std::vector<ValueId> expand_rotary(Builder& builder, const Node& node, Inputs inputs) {
  refuse_flag(node, "is_packed_batching");
  if (node.attributes.real("scale") != 1.0F) fail_unsupported("attribute 'scale' is not supported");
  const Expr x(builder, inputs[0]);
  Expr positions(builder, inputs[1]);
  if (positions.rank() == 1) {
    const Expr length = extent_of(x, x.rank() == 3 ? 1 : 2);
    positions = (positions + counted(length)).apply("Expand", {joined({extent_of(x, 0), length})});
  }
  return {turned(x, node.attributes.integer("num_heads"), positions, {builder, inputs[2]},
                 {builder, inputs[3]}, node.attributes.flag("interleaved"))
              .id()};
}

// The tokens of one call: which there were before, which there are now.
struct Tokens {
  Expr fresh;   // S, how many queries a batch entry has: int64[1]
  Expr total;   // of the longest batch entry, with those before: int64[1]
  Expr counts;  // of every batch entry: int64[B]
  Expr past;    // counts less S, at least 0: int64[B]
};

Tokens tokens_of(Builder& builder, Inputs inputs, Expr query) {
  const Expr fresh = extent_of(query, 1);
  const Expr total = number({builder, inputs[6]});
  const std::vector<int64_t> flat = {-1};
  const Expr counts = cast(reshape({builder, inputs[5]}, flat), DataType::kInt64) + 1;
  return {fresh, total, counts, (counts - fresh).apply("Max", {query.integers({0})})};
}

// The cache [B,heads,P,size] with the fresh rows behind the past of every batch entry, as long as
// the longest, filled up with zeros.
Expr continued(Expr cache, Expr fresh, const Tokens& tokens) {
  const std::vector<int64_t> around = {1, 3};
  const Expr capacity = extent_of(cache, 2);
  const Expr rows = counted(capacity.apply("Max", {tokens.total}));
  const Expr past = unsqueeze(tokens.past, kColumn);
  const Expr filled = rows < past + tokens.fresh;
  const Expr from_fresh = (rows >= past).apply("And", {filled});
  const Expr source = where(from_fresh, rows - past + capacity, rows);  // [B,L]
  const Expr any = where(filled, source, source.like(0));
  const Expr shape =
      joined({fresh.integers({1}), extent_of(fresh, 1), fresh.integers({1}), extent_of(fresh, 3)});
  const std::vector<Expr> both = {cache, fresh};
  const Expr found = concat(both, 2).apply(
      "GatherElements", {unsqueeze(any, around).apply("Expand", {shape})}, {{"axis", int64_t{2}}});
  return where(unsqueeze(filled, around), found, found.like(0));
}

Expr first_rows(Expr cache, const Tokens& tokens) {
  return cache.apply("Slice", {cache.integers({0}), tokens.total, cache.integers({2})});
}

// Which of the keys a query may see: [B,1,S,T].
Expr visible(const Node& node, const Tokens& tokens, Expr length) {
  const std::vector<int64_t> behind = {1, 2, 3};
  const std::vector<int64_t> around = {1, 3};
  const Expr keys = counted(length);
  if (!node.attributes.flag("causal")) return keys < unsqueeze(tokens.counts, behind);
  const Expr queries = unsqueeze(places(tokens.past, tokens.fresh), around);
  const int64_t window = node.attributes.integer("local_window_size");
  const Expr before = keys <= queries;
  if (window <= 0) return before;
  return before.apply("And", {keys > queries - static_cast<double>(window)});
}

// A key of zeros whose score is the sink's: it takes its share of the softmax and gives nothing.
void add_sink(HeadedAttention& attention, Expr bias, std::optional<Expr> sink) {
  const Expr one = bias.integers({1});
  const auto extended = [&](Expr x) {
    const Expr shape = joined({extent_of(x, 0), extent_of(x, 1), one, extent_of(x, 3)});
    const std::vector<Expr> parts = {x, x.like(0).apply("Expand", {shape})};
    return concat(parts, 2);
  };
  const Expr heads = extent_of(attention.q, 1);
  const Expr rows = joined({extent_of(attention.q, 0), heads, extent_of(attention.q, 2)});
  const std::vector<int64_t> behind = {1, 2};
  const Expr score = sink ? unsqueeze(*sink, behind) : bias.like(0);
  const std::vector<Expr> scores = {
      bias.apply("Expand", {joined({rows, extent_of(attention.k, 2)})}),
      score.apply("Expand", {joined({rows, one})})};
  attention.k = extended(attention.k);
  attention.v = extended(attention.v);
  attention.mask = concat(scores, 3);
}

// Bias of the scores, sinks, and what is visible in one mask.
void set_mask(HeadedAttention& attention, Builder& builder, const Node& node, Inputs inputs,
              const Tokens& tokens, bool sunk) {
  const Expr seen = visible(node, tokens, extent_of(attention.k, 2));
  if (!has(inputs, 10) && !sunk) {
    attention.mask = seen;
    return;
  }
  const Expr none = attention.q.like(kDisallowed);
  const Expr bias = where(seen, has(inputs, 10) ? Expr(builder, inputs[10]) : none.like(0), none);
  attention.mask = bias;
  if (!sunk) return;
  const auto sink = has(inputs, 11) ? std::optional<Expr>({builder, inputs[11]}) : std::nullopt;
  add_sink(attention, bias, sink);
}

struct GroupedProjections {
  Expr q;
  Expr k;
  Expr v;
};

// Queries, keys and values as [B,heads,S,size], turned if they are to be.
GroupedProjections projections(Builder& builder, const Node& node, Inputs inputs,
                               const Tokens& tokens) {
  const int64_t heads = node.attributes.integer("num_heads");
  const int64_t kv_heads = node.attributes.integer("kv_num_heads");
  check(heads >= 1 && kv_heads >= 1 && heads % kv_heads == 0, heads, " query heads cannot share ",
        kv_heads, " key heads");
  Expr q(builder, inputs[0]);
  check(has(inputs, 1) == has(inputs, 2), "'key' and 'value' must be given together");
  std::vector<Expr> kv;
  if (has(inputs, 1)) {
    kv = {Expr(builder, inputs[1]), Expr(builder, inputs[2])};
  } else {
    const int64_t width = known_width(q);
    check(width % (heads + 2 * kv_heads) == 0, width, " features for ", heads + 2 * kv_heads,
          " heads");
    const int64_t size = width / (heads + 2 * kv_heads);
    const std::vector<int64_t> sizes = {heads * size, kv_heads * size, kv_heads * size};
    const std::vector<Expr> parts = divided(q, sizes);
    q = parts[0];
    kv = {parts[1], parts[2]};
  }
  if (node.attributes.flag("do_rotary")) {
    check(has(inputs, 7) && has(inputs, 8), "inputs 'cos_cache' and 'sin_cache' are missing");
    const Expr positions =
        has(inputs, 9) ? Expr(builder, inputs[9]) : places(tokens.past, tokens.fresh);
    const auto turn = [&](Expr x, int64_t count) {
      return turned(x, count, positions, {builder, inputs[7]}, {builder, inputs[8]},
                    node.attributes.flag("rotary_interleaved"));
    };
    q = turn(q, heads);
    kv[0] = turn(kv[0], kv_heads);
  }
  return {heads_first(q, heads), heads_first(kv[0], kv_heads), heads_first(kv[1], kv_heads)};
}

void refuse_quantized_caches(const Node& node, Inputs inputs) {
  for (size_t i = 12; i < 17; ++i) refuse_input(node, inputs, i);
  refuse_flag(node, "sliding_window_cache");
  for (const char* name : {"k_quant_type", "v_quant_type"}) {
    if (node.attributes.text(name) != "NONE") {
      fail_unsupported("attribute '", name, "' is ", quoted_name(node.attributes.text(name)));
    }
  }
}

std::vector<ValueId> expand_grouped(Builder& builder, const Node& node, Inputs inputs) {
  refuse_quantized_caches(node, inputs);
  const Attributes& attributes = node.attributes;
  const Tokens tokens = tokens_of(builder, inputs, {builder, inputs[0]});
  const GroupedProjections given = projections(builder, node, inputs, tokens);
  std::vector<Expr> present = {given.k, given.v};
  HeadedAttention attention{given.q, given.k, given.v};
  check(has(inputs, 3) == has(inputs, 4), "'past_key' and 'past_value' must be given together");
  if (has(inputs, 3)) {
    present = {continued({builder, inputs[3]}, given.k, tokens),
               continued({builder, inputs[4]}, given.v, tokens)};
    attention.k = first_rows(present[0], tokens);
    attention.v = first_rows(present[1], tokens);
  }
  attention.softcap = attributes.real("softcap");
  if (attributes.real("scale") != 0) attention.scale = attributes.real("scale");
  attention.scores = attributes.integer("qk_output") == 2 ? 3 : 2;
  const Expr length = extent_of(attention.k, 2);
  const bool sunk = has(inputs, 11) || attributes.integer("smooth_softmax") == 1;
  set_mask(attention, builder, node, inputs, tokens, sunk);
  const bool wants_scores = node.outputs.size() > 3;
  const std::vector<Expr> found = attended(attention, wants_scores ? 4 : 1);
  std::vector<ValueId> results = {found[0].id(), present[0].id(), present[1].id()};
  results.resize(std::min<size_t>(3, node.outputs.size()));
  if (!wants_scores) return results;
  const Expr axis = length.integers({3});
  const Expr scores = found[3].apply("Slice", {length.integers({0}), length, axis});
  results.push_back((sunk ? scores : found[3]).id());
  return results;
}

std::vector<AttributeDef> grouped_attributes() {
  const auto flag = [](std::string_view name) { return defaulted(name, int64_t{0}); };
  return {defaulted("causal", int64_t{1}),
          flag("do_rotary"),
          optional("k_norm_epsilon", AttributeType::kFloat),
          defaulted("k_quant_type", std::string("NONE")),
          flag("kv_cache_bit_width"),
          required("kv_num_heads", AttributeType::kInt),
          defaulted("local_window_size", int64_t{-1}),
          required("num_heads", AttributeType::kInt),
          optional("q_norm_epsilon", AttributeType::kFloat),
          defaulted("qk_norm_epsilon", 1e-6F),
          flag("qk_output"),
          flag("rotary_interleaved"),
          defaulted("scale", 0.0F),
          flag("sliding_window_cache"),
          defaulted("smooth_softmax", int64_t{-1}),
          defaulted("softcap", 0.0F),
          defaulted("v_quant_type", std::string("NONE"))};
}

}  // namespace

std::vector<OpRow> microsoft_grouped_attention_ops() {
  const auto flag = [](std::string_view name) { return defaulted(name, int64_t{0}); };
  return {
      {.name = "RotaryEmbedding",
       .signature = "input:T, position_ids:int64, cos_cache:T, sin_cache:T -> output:T",
       .types = {{"T", kFloatTypes}},
       .attributes = {flag("interleaved"), flag("is_packed_batching"), flag("num_heads"),
                      flag("rotary_embedding_dim"), defaulted("scale", 1.0F)},
       .infer = infer_by_expansion,
       .expand = expand_rotary,
       .domain = kMicrosoftDomain},
      {.name = "GroupQueryAttention",
       .signature = "query:T, key:T?, value:T?, past_key:T?, past_value:T?, seqlens_k:int32, "
                    "total_sequence_length:int32, cos_cache:T?, sin_cache:T?, "
                    "position_ids:int64?, attention_bias:T?, head_sink:T?, k_scale:float?, "
                    "v_scale:float?, q_norm_weight:T?, k_norm_weight:T?, query_seqlens:int32? -> "
                    "output:T, present_key:T?, present_value:T?, output_qk:T?",
       .types = {{"T", kFloatTypes}},
       .attributes = grouped_attributes(),
       .infer = infer_by_expansion,
       .expand = expand_grouped,
       .domain = kMicrosoftDomain},
  };
}

}  // namespace twingrad
