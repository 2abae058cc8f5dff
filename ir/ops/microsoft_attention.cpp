#include "ir/domains.h"
#include "ir/error.h"
#include "ir/ops/expansion_inference.h"
#include "ir/ops/extents.h"
#include "ir/ops/microsoft_heads.h"
#include "ir/ops/tables.h"

// Attentions of ONNX Runtime with as many heads for keys as for queries.

namespace twingrad {
namespace {

using Inputs = std::span<const ValueId>;

struct AttentionCall {
  Builder& builder;
  const Node& node;
  Inputs inputs;

  bool has(size_t i) const { return i < inputs.size() && inputs[i] != kNoValue; }
  Expr at(size_t i) const { return {builder, inputs[i]}; }
  std::optional<Expr> maybe(size_t i) const {
    return has(i) ? std::optional<Expr>(at(i)) : std::nullopt;
  }
  int64_t heads() const { return node.attributes.integer("num_heads"); }
  std::optional<float> scale() const {
    if (!node.attributes.has("scale")) return std::nullopt;
    return node.attributes.real("scale");
  }
};

// The length of the keys with those of the past.
Expr total_length(const HeadedAttention& attention) {
  const Expr fresh = extent_of(attention.k, 2);
  return attention.past_k ? extent_of(*attention.past_k, 2) + fresh : fresh;
}

// The mask of integers and the bias of the scores, whichever are given.
void set_mask(HeadedAttention& attention, const AttentionCall& call, size_t mask, size_t bias) {
  if (call.has(mask)) {
    const auto filter = static_cast<double>(call.node.attributes.real("mask_filter_value"));
    attention.mask = padding_bias(call.at(mask), attention.q, total_length(attention), filter);
  }
  if (!call.has(bias)) return;
  attention.mask = attention.mask ? *attention.mask + call.at(bias) : call.at(bias);
}

// --- Attention and QAttention: one projection to queries, keys and values.

std::vector<int64_t> projected_sizes(const AttentionCall& call, Expr projection) {
  const int64_t width = known_width(projection);
  const Attributes& attributes = call.node.attributes;
  if (!attributes.has("qkv_hidden_sizes") || attributes.integers("qkv_hidden_sizes").empty()) {
    check(width % 3 == 0, "a projection of ", width, " features is no three of equal size");
    return {width / 3, width / 3, width / 3};
  }
  const std::vector<int64_t>& sizes = attributes.integers("qkv_hidden_sizes");
  check(sizes.size() == 3 && sizes[0] > 0 && sizes[0] == sizes[1] && sizes[2] > 0 &&
            sizes[0] < width && sizes[2] == width - 2 * sizes[0],
        "attribute 'qkv_hidden_sizes' does not fit a projection of ", width, " features");
  return sizes;
}

// The past is [2,B,heads,length,size], keys and values, and so is the present.
std::vector<ValueId> self_attention(const AttentionCall& call, Expr projection, size_t mask,
                                    size_t past, size_t bias) {
  const std::vector<Expr> parts = divided(projection, projected_sizes(call, projection));
  const auto with_heads = [&](size_t i) { return heads_first(parts[i], call.heads()); };
  HeadedAttention attention{with_heads(0), with_heads(1), with_heads(2)};
  attention.causal = call.node.attributes.flag("unidirectional");
  attention.scale = call.scale();
  const std::vector<int64_t> front = {0};
  if (call.has(past)) {
    attention.past_k = squeeze(slice(call.at(past), 0, 0, 1), front);
    attention.past_v = squeeze(slice(call.at(past), 0, 1, 2), front);
  }
  set_mask(attention, call, mask, bias);
  const bool wants_present = call.node.outputs.size() > 1;
  const std::vector<Expr> found = attended(attention, wants_present ? 3 : 1);
  std::vector<ValueId> results = {found[0].id()};
  if (wants_present) {
    const std::vector<Expr> both = {unsqueeze(found[1], front), unsqueeze(found[2], front)};
    results.push_back(concat(both, 0).id());
  }
  return results;
}

std::vector<ValueId> expand_attention(Builder& builder, const Node& node, Inputs inputs) {
  const AttentionCall call{builder, node, inputs};
  refuse_flag(node, "do_rotary");
  refuse_flag(node, "past_present_share_buffer");
  refuse_input(node, inputs, 6);
  Expr projection = matmul(call.at(0), call.at(1));
  if (call.has(2)) projection = projection + call.at(2);
  return self_attention(call, projection, 3, 4, 5);
}

std::vector<ValueId> expand_quantized_attention(Builder& builder, const Node& node, Inputs inputs) {
  const AttentionCall call{builder, node, inputs};
  refuse_flag(node, "do_rotary");
  refuse_flag(node, "past_present_share_buffer");
  const auto given = [&](size_t i) { return call.has(i) ? inputs[i] : kNoValue; };
  const Expr projection(builder, builder.emit_one("MatMulIntegerToFloat",
                                                  {given(0), given(1), given(3), given(4), given(6),
                                                   given(7), given(2)},
                                                  {}, kMicrosoftDomain));
  constexpr size_t kNone = 9;  // there is no bias of the scores
  return self_attention(call, projection, 5, 8, kNone);
}

// --- MultiHeadAttention: queries, keys and values in one of several packings.

struct Projections {
  Expr q;
  Expr k;
  Expr v;
};

// [B,L,heads,parts,size]: part i as [B,heads,L,size].
Expr unpacked_part(Expr x, int64_t i) {
  const std::vector<int64_t> parts = {3};
  const std::vector<int64_t> order = {0, 2, 1, 3};
  return transpose(squeeze(slice(x, 3, i, i + 1), parts), order);
}

// A bias of the three projections one after the other; that of values is what the others leave.
Expr bias_part(Expr bias, int64_t hidden, size_t i) {
  const int64_t width = known_width(bias);
  check(hidden > 0 && hidden <= width / 2, "a bias of ", width, " features for queries of ",
        hidden);
  const std::vector<int64_t> sizes = {hidden, hidden, width - 2 * hidden};
  return divided(bias, sizes)[i];
}

// As heads, with its part of the bias; what has heads already is a cache, whose bias is in it.
Expr projection(const AttentionCall& call, size_t i, std::optional<Expr> bias) {
  const Expr x = call.at(i);
  if (x.rank() == 4) return x;
  return heads_first(bias ? x + bias_part(*bias, known_width(call.at(0)), i) : x, call.heads());
}

Projections projections(const AttentionCall& call, std::optional<Expr> bias) {
  const Expr query = call.at(0);
  if (query.rank() == 5 || (call.has(1) && call.at(1).rank() == 5)) {
    if (bias) fail_unsupported("a bias of packed queries, keys and values");
    if (query.rank() == 5) {
      return {unpacked_part(query, 0), unpacked_part(query, 1), unpacked_part(query, 2)};
    }
    const Expr packed = call.at(1);
    return {projection(call, 0, bias), unpacked_part(packed, 0), unpacked_part(packed, 1)};
  }
  check(call.has(1) && call.has(2), "inputs 'key' and 'value' are missing");
  return {projection(call, 0, bias), projection(call, 1, bias), projection(call, 2, bias)};
}

std::vector<ValueId> finished(const AttentionCall& call, const HeadedAttention& attention) {
  std::vector<ValueId> results;
  for (const Expr& output : attended(attention, call.node.outputs.size())) {
    results.push_back(output.id());
  }
  return results;
}

std::vector<ValueId> expand_multi_head(Builder& builder, const Node& node, Inputs inputs) {
  const AttentionCall call{builder, node, inputs};
  refuse_input(node, inputs, 8);
  refuse_input(node, inputs, 9);
  const Projections given = projections(call, call.maybe(3));
  HeadedAttention attention{given.q, given.k, given.v};
  attention.past_k = call.maybe(6);
  attention.past_v = call.maybe(7);
  attention.causal = node.attributes.flag("unidirectional");
  attention.scale = call.scale();
  set_mask(attention, call, 4, 5);
  return finished(call, attention);
}

// The cache [B,heads,capacity,size] with x[B,heads,1,size] in the place behind the past.
Expr written(Expr cache, Expr x, Expr past_length) {
  const std::vector<int64_t> column = {1};
  const Expr places = unsqueeze(counted(extent_of(cache, 2)), column);
  return where(equal(places, past_length), x, cache);
}

// Caches with room for more than the past: what has been written of them is looked at.
void use_caches(HeadedAttention& attention, const AttentionCall& call, std::vector<Expr>& caches) {
  check(call.has(5) && call.has(6) && call.has(7),
        "shared buffers need 'past_key', 'past_value' and 'past_sequence_length'");
  const Expr past = cast(reshape(call.at(7), std::vector<int64_t>{1}), DataType::kInt64);
  caches = {written(call.at(5), attention.k, past), written(call.at(6), attention.v, past)};
  const Expr first = past.integers({0});
  const Expr axis = past.integers({2});
  attention.k = caches[0].apply("Slice", {first, past + 1, axis});
  attention.v = caches[1].apply("Slice", {first, past + 1, axis});
}

// One query a batch entry.
Projections decoder_projections(const AttentionCall& call) {
  const std::optional<Expr> bias = call.maybe(10);
  if (call.has(1)) return projections(call, bias);
  const Expr packed = bias ? call.at(0) + *bias : call.at(0);
  const std::vector<Expr> parts = divided(packed, projected_sizes(call, packed));
  const auto with_heads = [&](size_t i) { return heads_first(parts[i], call.heads()); };
  return {with_heads(0), with_heads(1), with_heads(2)};
}

std::vector<ValueId> expand_decoder(Builder& builder, const Node& node, Inputs inputs) {
  const AttentionCall call{builder, node, inputs};
  for (const size_t i : {size_t{8}, size_t{9}}) refuse_input(node, inputs, i);
  const Projections given = decoder_projections(call);
  HeadedAttention attention{given.q, given.k, given.v};
  attention.scale = call.scale();
  std::vector<Expr> caches;
  if (node.attributes.flag("past_present_share_buffer") && call.has(5)) {
    use_caches(attention, call, caches);
  } else {
    attention.past_k = call.maybe(5);
    attention.past_v = call.maybe(6);
  }
  set_mask(attention, call, 3, 4);
  std::vector<ValueId> results = finished(call, attention);
  for (size_t i = 0; i < caches.size() && i + 1 < results.size(); ++i) {
    results[i + 1] = caches[i].id();
  }
  return results;
}

OpRow attention_row(std::string_view name, std::string_view signature,
                    std::vector<AttributeDef> attributes, ExpandFunction expand) {
  attributes.push_back(defaulted("mask_filter_value", -10000.0F));
  attributes.push_back(required("num_heads", AttributeType::kInt));
  attributes.push_back(optional("scale", AttributeType::kFloat));
  const TypeSet bytes = {DataType::kInt8, DataType::kUint8};
  return {.name = name,
          .signature = signature,
          .types = {{"T", kFloatTypes}, {"T1", bytes}, {"T2", bytes}, {"QK", kFloatTypes}},
          .attributes = std::move(attributes),
          .infer = infer_by_expansion,
          .expand = expand,
          .domain = kMicrosoftDomain};
}

}  // namespace

std::vector<OpRow> microsoft_attention_ops() {
  const AttributeDef unidirectional = defaulted("unidirectional", int64_t{0});
  const AttributeDef rotary = defaulted("do_rotary", int64_t{0});
  const AttributeDef shared = defaulted("past_present_share_buffer", int64_t{0});
  return {
      attention_row("Attention",
                    "input:T, weights:T, bias:T?, mask_index:int32?, past:T?, attention_bias:T?, "
                    "past_sequence_length:int32? -> output:T, present:T?",
                    {rotary, shared, optional("qkv_hidden_sizes", AttributeType::kInts),
                     defaulted("rotary_embedding_dim", int64_t{0}), unidirectional},
                    expand_attention),
      attention_row(
          "QAttention",
          "input:T1, weight:T2, bias:T, input_scale:T, weight_scale:T, mask_index:int32?, "
          "input_zero_point:T1?, weight_zero_point:T2?, past:T? -> output:T, present:T?",
          {rotary, shared, unidirectional}, expand_quantized_attention),
      attention_row(
          "MultiHeadAttention",
          "query:T, key:T?, value:T?, bias:T?, key_padding_mask:int32?, attention_bias:T?, "
          "past_key:T?, past_value:T?, past_sequence_length:int32?, cache_indirection:int32? -> "
          "output:T, present_key:T?, present_value:T?, qk:QK?",
          {unidirectional}, expand_multi_head),
      attention_row(
          "DecoderMaskedMultiHeadAttention",
          "query:T, key:T?, value:T?, mask_index:int32?, attention_bias:T?, past_key:T?, "
          "past_value:T?, past_sequence_length:int32?, beam_width:int32?, "
          "cache_indirection:int32?, bias:T? -> output:T, present_key:T?, present_value:T?, qk:QK?",
          {defaulted("output_qk", int64_t{0}), shared}, expand_decoder),
  };
}

}  // namespace twingrad
