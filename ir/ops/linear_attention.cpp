#include <algorithm>
#include <array>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/linear_attention_expansion.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// --- LinearAttention

struct UpdateRule {
  std::string_view name;
  bool decays;
  bool corrects;
};

constexpr std::array kUpdateRules = {
    UpdateRule{"linear", false, false}, UpdateRule{"gated", true, false},
    UpdateRule{"delta", false, true}, UpdateRule{"gated_delta", true, true}};

void check_update_rule(const InferContext& context) {
  const std::string& name = context.attributes().text("update_rule");
  const auto* rule = std::ranges::find(kUpdateRules, name, &UpdateRule::name);
  check(rule != kUpdateRules.end(),
        "attribute 'update_rule' must be linear, gated, delta or gated_delta, found ",
        quoted_name(name));
  const auto check_input = [&](size_t i, bool wanted) {
    check(context.has_input(i) == wanted, "input ", quoted_name(context.op().input(i)->name),
          wanted ? " is missing" : " must be absent", " with update_rule ", quoted_name(name));
  };
  check_input(4, rule->decays);
  check_input(5, rule->corrects);
}

void check_axes(const InferContext& context, size_t i, int64_t rank) {
  const PartialShape* shape = context.shape(i);
  if (shape == nullptr || shape->rank() == rank) return;
  fail("input ", quoted_name(context.op().input(i)->name), " must have ", rank,
       " axes, its shape is ", *shape);
}

// Extent `axis` of input i, which must be one of `allowed` where all is known.
void check_extent(const InferContext& context, size_t i, int64_t axis,
                  std::initializer_list<Dimension> allowed) {
  const PartialShape* shape = context.shape(i);
  if (shape == nullptr || !(*shape)[axis].known()) return;
  std::string numbers;
  for (const Dimension& dim : allowed) {
    if (!dim.known() || dim.extent == (*shape)[axis].extent) return;
    numbers += join_text(numbers.empty() ? "" : " or ", dim.extent);
  }
  fail("axis ", axis, " of input ", quoted_name(context.op().input(i)->name), " of shape ", *shape,
       " must have the extent ", numbers);
}

Dimension size_of_heads(const InferContext& context, size_t i, int64_t heads) {
  const PartialShape* shape = context.shape(i);
  if (shape == nullptr || !(*shape)[2].known()) return {};
  check((*shape)[2].extent % heads == 0, "input ", quoted_name(context.op().input(i)->name),
        " of shape ", *shape, " has ", (*shape)[2].extent, " features, which are not divisible by ",
        heads, " heads");
  return {(*shape)[2].extent / heads};
}

Dimension times(const Dimension& extent, int64_t factor) {
  return extent.known() ? Dimension(extent.extent * factor) : Dimension();
}

void infer_linear_attention(InferContext& context) {
  check_update_rule(context);
  const int64_t q_heads = context.attributes().integer("q_num_heads");
  const int64_t heads = context.attributes().integer("kv_num_heads");
  check(q_heads >= 1 && heads >= 1 && q_heads % heads == 0, "attribute 'q_num_heads' is ", q_heads,
        ", which must be a positive multiple of 'kv_num_heads', ", heads);
  const bool has_state = context.has_input(3);
  if (!has_state && context.output_count() > 1) context.set_element(1, context.input(0).element);
  for (size_t i = 0; i < context.input_count(); ++i) check_axes(context, i, i == 3 ? 4 : 3);
  const Dimension size = size_of_heads(context, 0, q_heads);
  const Dimension value_size = size_of_heads(context, 2, heads);
  check_extent(context, 1, 2, {times(size, heads)});
  check_extent(context, 4, 2, {Dimension(heads), times(size, heads)});
  check_extent(context, 5, 2, {Dimension(heads), Dimension(1)});
  const PartialShape* query = context.shape(0);
  const Dimension batch = query != nullptr ? (*query)[0] : Dimension();
  const Dimension length = query != nullptr ? (*query)[1] : Dimension();
  for (size_t i = 1; i < context.input_count(); ++i) {
    check_extent(context, i, 0, {batch});
    if (i != 3) check_extent(context, i, 1, {length});
  }
  check_extent(context, 3, 1, {Dimension(heads)});
  check_extent(context, 3, 2, {size});
  check_extent(context, 3, 3, {value_size});
  context.set_shape(0, {batch, length, times(value_size, q_heads)});
  context.set_shape(1, {batch, Dimension(heads), size, value_size});
}

// --- CausalConvWithState

void infer_causal_convolution(InferContext& context) {
  const std::string& activation = context.attributes().text("activation");
  check(activation == "none" || activation == "silu" || activation == "swish",
        "attribute 'activation' must be none, silu or swish, found ", quoted_name(activation));
  for (const size_t i : {size_t{0}, size_t{1}, size_t{3}}) check_axes(context, i, 3);
  check_axes(context, 2, 1);
  const PartialShape* x = context.shape(0);
  const PartialShape* weight = context.shape(1);
  check_extent(context, 1, 1, {Dimension(1)});
  Dimension kept;
  if (weight != nullptr && (*weight)[2].known()) {
    check((*weight)[2].extent >= 1, "input 'weight' of shape ", *weight, " has an empty kernel");
    kept = Dimension((*weight)[2].extent - 1);
  }
  if (x == nullptr) return;
  const Dimension channels = (*x)[1].known() || weight == nullptr ? (*x)[1] : (*weight)[0];
  check_extent(context, 1, 0, {channels});
  check_extent(context, 2, 0, {channels});
  check_extent(context, 3, 0, {(*x)[0]});
  check_extent(context, 3, 1, {channels});
  check_extent(context, 3, 2, {kept});
  context.set_shape(0, {(*x)[0], channels, (*x)[2]});
  context.set_shape(1, {(*x)[0], channels, kept});
}

}  // namespace

std::vector<OpRow> linear_attention_ops() {
  // ONNX has no double in either; in double the derivatives are checked.
  return {
      {.name = "LinearAttention",
       .signature = "query:T, key:T, value:T, past_state:S?, decay:T?, beta:T? -> "
                    "output:T, present_state:S",
       .types = {{"T", kFloatTypes}, {"S", kFloatTypes}},
       .attributes = {defaulted("chunk_size", int64_t{64}),
                      required("kv_num_heads", AttributeType::kInt),
                      required("q_num_heads", AttributeType::kInt), defaulted("scale", 0.0F),
                      defaulted("update_rule", std::string("gated_delta"))},
       .infer = infer_linear_attention,
       .expand = expand_linear_attention},
      {.name = "CausalConvWithState",
       .signature = "input:T, weight:T, bias:T?, past_state:T? -> output:T, present_state:T",
       .types = {{"T", kFloatTypes}},
       .attributes = {defaulted("activation", std::string("none"))},
       .infer = infer_causal_convolution,
       .expand = expand_causal_convolution},
  };
}

}  // namespace twingrad
