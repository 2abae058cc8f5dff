#include "ir/ops/linear_attention_expansion.h"

#include <array>
#include <cmath>
#include <limits>

#include "ir/ops/extents.h"

namespace twingrad {
namespace {

constexpr int64_t kTokens = 1;         // the axis of the sequences that is scanned
constexpr int64_t kMostUnrolled = 16;  // a few tokens are not worth a loop

// One token: queries [B,H,group,dk], keys [B,H,dk,1], values [B,H,1,dv], decay [B,H,dk or 1,1],
// rate [B,H or 1,1,1]; for sequences with the tokens as axis 1.
struct Token {
  Expr query;
  Expr key;
  Expr value;
  std::optional<Expr> decay;
  std::optional<Expr> rate;

  std::vector<Expr> all() const {
    std::vector<Expr> list = {query, key, value};
    if (decay) list.push_back(*decay);
    if (rate) list.push_back(*rate);
    return list;
  }
  // The same fields from another list.
  Token with(std::span<const Expr> list) const {
    Token token{list[0], list[1], list[2], {}, {}};
    if (decay) token.decay = list[3];
    if (rate) token.rate = list.back();
    return token;
  }
};

struct Step {
  Expr state;
  Expr output;  // [B,H,group,dv]
};

// S decays, takes up k (x) v, or with a rate b the correction k (x) b (v - S' k), and is read.
Step step(Expr state, const Token& token) {
  Expr next = token.decay ? state * *token.decay : state;
  Expr written = token.value;
  if (token.rate) written = *token.rate * (written - matmul(swap_last_two(token.key), next));
  next = next + token.key * written;
  return {next, matmul(token.query, next)};
}

// A sequence [B,T,...] under [B,T] and the given extents.
Expr shaped(Expr x, std::initializer_list<int64_t> extents) {
  return reshape(x, joined({extent_of(x, 0), extent_of(x, kTokens), x.integers(extents)}));
}

int64_t share(Expr x, int64_t heads) {
  const Dimension& hidden = x.shape()[2];
  return hidden.known() ? hidden.extent / heads : -1;
}

double scale_of(const Node& node, Expr query, int64_t heads) {
  const auto scale = static_cast<double>(node.attributes.real("scale"));
  return scale != 0 ? scale : 1 / std::sqrt(static_cast<double>(share(query, heads)));
}

Expr scaled_queries(Expr query, const Node& node, int64_t heads) {
  if (query.shape()[2].known() || node.attributes.real("scale") != 0) {
    return query * scale_of(node, query, heads);
  }
  const Expr size = cast(extent_of(query, 2), query.element()) / static_cast<double>(heads);
  return query / sqrt(size);
}

Token tokens_of(Builder& builder, const Node& node, std::span<const ValueId> inputs,
                DataType precision) {
  const auto wide = [&](size_t i) { return cast(Expr(builder, inputs[i]), precision); };
  const int64_t q_heads = node.attributes.integer("q_num_heads");
  const int64_t heads = node.attributes.integer("kv_num_heads");
  const Expr query = scaled_queries(wide(0), node, q_heads);
  const Expr key = wide(1);
  const Expr value = wide(2);
  Token tokens{shaped(query, {heads, q_heads / heads, share(query, q_heads)}),
               shaped(key, {heads, share(key, heads), 1}),
               shaped(value, {heads, 1, share(value, heads)}),
               {},
               {}};
  const auto has = [&](size_t i) { return i < inputs.size() && inputs[i] != kNoValue; };
  if (has(4)) {
    const Expr decay = exp(wide(4));
    tokens.decay = shaped(decay, {heads, share(decay, heads), 1});
  }
  if (has(5)) {
    const Expr rate = wide(5);
    tokens.rate = shaped(rate, {rate.shape()[2].known() ? rate.shape()[2].extent : -1, 1, 1});
  }
  return tokens;
}

Expr first_state(Builder& builder, std::span<const ValueId> inputs, const Token& tokens) {
  const DataType precision = tokens.query.element();
  if (inputs.size() > 3 && inputs[3] != kNoValue) {
    return cast(Expr(builder, inputs[3]), precision);
  }
  const Expr& key = tokens.key;
  const Expr shape =
      joined({extent_of(key, 0), extent_of(key, 2), extent_of(key, 3), extent_of(tokens.value, 4)});
  return shape.apply("ConstantOfShape", {}, {{"value", Tensor::filled(precision, {1}, 0)}});
}

GraphPointer scan_body(Expr state, const Token& tokens) {
  auto graph = std::make_shared<Graph>();
  Builder builder(*graph);
  const auto input = [&](DataType element, std::vector<Dimension> dims) {
    return Expr(builder, builder.input("", Type::tensor(element, PartialShape(std::move(dims)))));
  };
  const Expr before = input(state.element(), state.shape().dims());
  std::vector<Expr> slices;
  for (const Expr& sequence : tokens.all()) {
    std::vector<Dimension> dims = sequence.shape().dims();
    dims.erase(dims.begin() + kTokens);
    slices.push_back(input(sequence.element(), std::move(dims)));
  }
  const Step turn = step(before, tokens.with(slices));
  graph->set_outputs({turn.state.id(), turn.output.id()});
  return graph;
}

// The outputs [B,T,H,group,dv] of all tokens and the last state.
Step scanned(Expr state, const Token& tokens) {
  const std::vector<Expr> all = tokens.all();
  NodeSpec scan;
  scan.op = "Scan";
  scan.inputs = {state.id()};
  for (const Expr& sequence : all) scan.inputs.push_back(sequence.id());
  const auto count = static_cast<int64_t>(all.size());
  scan.attributes = {{"body", scan_body(state, tokens)},
                     {"num_scan_inputs", count},
                     {"scan_input_axes", std::vector<int64_t>(all.size(), kTokens)},
                     {"scan_output_axes", std::vector<int64_t>{kTokens}}};
  scan.output_count = 2;
  Builder& builder = state.builder();
  const std::vector<ValueId> outputs = builder.emit(std::move(scan));
  return {{builder, outputs[0]}, {builder, outputs[1]}};
}

// The same, token by token.
Step unrolled(Expr state, const Token& tokens, int64_t count) {
  std::vector<Expr> outputs;
  const std::vector<int64_t> axes = {kTokens};
  for (int64_t t = 0; t < count; ++t) {
    std::vector<Expr> slices;
    for (const Expr& sequence : tokens.all()) {
      slices.push_back(squeeze(slice(sequence, kTokens, t, t + 1), axes));
    }
    const Step next = step(state, tokens.with(slices));
    state = next.state;
    outputs.push_back(unsqueeze(next.output, axes));
  }
  return {state, count == 1 ? outputs[0] : concat(outputs, kTokens)};
}

}  // namespace

std::vector<ValueId> expand_linear_attention(Builder& builder, const Node& node,
                                             std::span<const ValueId> inputs) {
  const Expr query(builder, inputs[0]);
  const bool is_double = query.element() == DataType::kDouble;
  const DataType precision = is_double ? DataType::kDouble : DataType::kFloat;
  const Token tokens = tokens_of(builder, node, inputs, precision);
  const Expr state = first_state(builder, inputs, tokens);
  const Dimension& count = query.shape()[kTokens];
  const bool few = count.known() && count.extent >= 1 && count.extent <= kMostUnrolled;
  const Step last = few ? unrolled(state, tokens, count.extent) : scanned(state, tokens);
  const int64_t size = share(Expr(builder, inputs[2]), node.attributes.integer("kv_num_heads"));
  const int64_t hidden = size < 0 ? -1 : size * node.attributes.integer("q_num_heads");
  const Expr output = reshape(
      last.output, joined({extent_of(query, 0), extent_of(query, 1), query.integers({hidden})}));
  const bool given = inputs.size() > 3 && inputs[3] != kNoValue;
  const DataType held = given ? builder.type(inputs[3]).element : query.element();
  return {cast(output, query.element()).id(), cast(last.state, held).id()};
}

std::vector<ValueId> expand_causal_convolution(Builder& builder, const Node& node,
                                               std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  const Expr weight(builder, inputs[1]);
  const auto has = [&](size_t i) { return i < inputs.size() && inputs[i] != kNoValue; };
  const Expr kept = extent_of(weight, 2) - weight.integers({1});
  const auto zeros = [&] {
    const Expr shape = joined({extent_of(x, 0), extent_of(x, 1), kept});
    return shape.apply("ConstantOfShape", {}, {{"value", Tensor::filled(x.element(), {1}, 0)}});
  };
  const std::vector<Expr> parts = {has(3) ? Expr(builder, inputs[3]) : zeros(), x};
  const Expr padded = concat(parts, 2);
  NodeSpec conv{.op = "Conv", .inputs = {padded.id(), weight.id()}};
  if (has(2)) conv.inputs.push_back(inputs[2]);
  conv.attributes = {{"group", weight.shape()[0].extent}};
  Expr y(builder, builder.emit(std::move(conv))[0]);
  if (node.attributes.text("activation") != "none") {
    const Expr wide = cast(y, y.element() == DataType::kDouble ? y.element() : DataType::kFloat);
    y = cast(wide * wide.apply("Sigmoid"), x.element());
  }
  // Counted from the front, since the end minus nothing would be everything.
  const Expr length = extent_of(padded, 2);
  const Expr state = padded.apply("Slice", {length - kept, length, x.integers({2})});
  return {y.id(), state.id()};
}

}  // namespace twingrad
