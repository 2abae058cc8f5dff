#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/attention_expansion.h"
#include "ir/ops/tables.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

// An input as batch, heads, length and size of a head; the last three unknown where it is.
struct HeadsShape {
  Dimension batch;
  Dimension heads;
  Dimension length;
  Dimension size;
};

Dimension sum_of(const Dimension& a, const Dimension& b) {
  if (a.is(0)) return b;
  if (b.is(0)) return a;
  return a.known() && b.known() ? Dimension(a.extent + b.extent) : Dimension();
}

// The one that is known; throws Error where both are and differ.
Dimension agreed(const Dimension& a, const Dimension& b, std::string_view what,
                 const InferContext& context) {
  if (!b.known()) return a.known() || !a.symbol.empty() ? a : b;
  if (a.known() && a.extent != b.extent) {
    std::string shapes;
    for (size_t i = 0; i < context.input_count(); ++i) {
      if (context.shape(i) != nullptr) shapes += join_text(i > 0 ? ", " : "", *context.shape(i));
    }
    fail("the inputs disagree about the ", what, ": ", a.extent, " and ", b.extent, " in ", shapes);
  }
  return b;
}

HeadsShape heads_shape(const InferContext& context, size_t i, std::string_view heads) {
  const PartialShape* shape = context.shape(i);
  if (shape == nullptr) return {};
  if (shape->rank() == 4) return {(*shape)[0], (*shape)[1], (*shape)[2], (*shape)[3]};
  const int64_t count = context.attributes().integer(heads);
  const Dimension& hidden = (*shape)[2];
  check(!hidden.known() || hidden.extent % count == 0, "input ",
        quoted_name(context.op().input(i)->name), " of shape ", *shape, " has ", hidden.extent,
        " features, which are not divisible by ", count, " heads");
  return {(*shape)[0], Dimension(count), (*shape)[1],
          hidden.known() ? Dimension(hidden.extent / count) : Dimension()};
}

// The rank that query, key and value have; 0 where none is known.
int64_t check_ranks(const InferContext& context) {
  int64_t rank = 0;
  for (size_t i = 0; i < 3; ++i) {
    const PartialShape* shape = context.shape(i);
    if (shape == nullptr) continue;
    check(shape->rank() == 3 || shape->rank() == 4, "input ",
          quoted_name(context.op().input(i)->name), " must have 3 or 4 axes, its shape is ",
          *shape);
    check(rank == 0 || rank == shape->rank(), "Q, K and V must have equally many axes, found ",
          rank, " and ", shape->rank());
    rank = shape->rank();
  }
  return rank;
}

void check_head_counts(const InferContext& context, int64_t rank) {
  const Attributes& attributes = context.attributes();
  for (const char* name : {"q_num_heads", "kv_num_heads"}) {
    check(rank != 3 || attributes.has(name), "attribute '", name,
          "' is missing, which inputs of 3 axes need");
    if (!attributes.has(name)) continue;
    const int64_t count = attributes.integer(name);
    check(count >= 1, "attribute '", name, "' is ", count);
    const PartialShape* shape = context.shape(name[0] == 'q' ? 0 : 1);
    check(rank != 4 || shape == nullptr || !(*shape)[1].known() || (*shape)[1].extent == count,
          "attribute '", name, "' is ", count, ", the input has the shape ", *shape);
  }
}

void check_float_type(const Attributes& attributes, const char* name) {
  if (!attributes.has(name)) return;
  const auto type = data_type_from_number(attributes.integer(name));
  check(type && kFloatTypes.contains(*type), "attribute '", name,
        "' must be 1 (float), 10 (float16), 11 (double) or 16 (bfloat16), found ",
        attributes.integer(name));
}

void check_attention_attributes(const InferContext& context) {
  const Attributes& attributes = context.attributes();
  for (const char* name : {"left_window_size", "right_window_size"}) {
    check(attributes.integer(name) >= -1, "attribute '", name, "' must be -1 or more, found ",
          attributes.integer(name));
  }
  const int64_t mode = attributes.integer("qk_matmul_output_mode");
  check(mode >= 0 && mode <= 3, "attribute 'qk_matmul_output_mode' must be 0 to 3, found ", mode);
  check_float_type(attributes, "softmax_precision");
  check(context.has_input(4) == context.has_input(5),
        "'past_key' and 'past_value' must be given together");
  check(!context.has_input(6) || !context.has_input(4),
        "'nonpad_kv_seqlen' must not be given together with 'past_key' and 'past_value'");
}

void check_mask(const InferContext& context, const PartialShape& scores) {
  const PartialShape* mask = context.shape(3);
  if (mask == nullptr) return;
  check(mask->rank() >= 1 && mask->rank() <= 4, "'attn_mask' must have 1 to 4 axes, its shape is ",
        *mask);
  for (int64_t back = 1; back <= mask->rank(); ++back) {
    const Dimension& have = (*mask)[mask->rank() - back];
    const Dimension& want = scores[4 - back];
    if (!have.known() || !want.known() || have.extent == want.extent) continue;
    check(back == 1 ? have.extent < want.extent : have.is(1), "'attn_mask' of shape ", *mask,
          " does not broadcast to ", scores);
  }
}

void check_groups(const Dimension& queries, const Dimension& keys) {
  check(!queries.known() || !keys.known() || (keys.extent > 0 && queries.extent % keys.extent == 0),
        queries.extent, " query heads cannot share ", keys.extent, " key heads");
}

HeadsShape past_shape(const InferContext& context, size_t i) {
  if (!context.has_input(i)) return {{}, {}, Dimension(0), {}};
  const PartialShape* shape = context.shape(i);
  if (shape == nullptr) return {};
  check(shape->rank() == 4, "input ", quoted_name(context.op().input(i)->name),
        " must have 4 axes, its shape is ", *shape);
  return {(*shape)[0], (*shape)[1], (*shape)[2], (*shape)[3]};
}

// What the inputs say together.
struct AttentionDims {
  HeadsShape query;
  Dimension kv_heads;
  Dimension total;  // length of past and present keys
  Dimension value_size;

  PartialShape scores() const { return {query.batch, query.heads, query.length, total}; }
};

AttentionDims attention_dims(const InferContext& context) {
  const HeadsShape q = heads_shape(context, 0, "q_num_heads");
  const HeadsShape k = heads_shape(context, 1, "kv_num_heads");
  const HeadsShape v = heads_shape(context, 2, "kv_num_heads");
  const HeadsShape past_key = past_shape(context, 4);
  const HeadsShape past_value = past_shape(context, 5);
  const auto all = [&](std::initializer_list<Dimension> dims, std::string_view what) {
    Dimension result;
    for (const Dimension& dim : dims) result = agreed(result, dim, what, context);
    return result;
  };
  AttentionDims dims;
  dims.query = q;
  dims.query.batch = all({q.batch, k.batch, v.batch, past_key.batch, past_value.batch}, "batch");
  dims.query.size = all({q.size, k.size, past_key.size}, "size of heads");
  dims.kv_heads = all({k.heads, v.heads, past_key.heads, past_value.heads}, "number of heads");
  dims.value_size = all({v.size, past_value.size}, "size of heads");
  dims.total = all({sum_of(past_key.length, k.length), sum_of(past_value.length, v.length)},
                   "number of keys and values");
  check_groups(q.heads, dims.kv_heads);
  return dims;
}

void infer_attention(InferContext& context) {
  check_attention_attributes(context);
  const int64_t rank = check_ranks(context);
  check_head_counts(context, rank);
  if (rank == 0) return;
  const AttentionDims dims = attention_dims(context);
  const HeadsShape& q = dims.query;
  check_mask(context, dims.scores());
  if (const PartialShape* valid = context.shape(6)) {
    check(valid->rank() == 1, "'nonpad_kv_seqlen' must be a vector, its shape is ", *valid);
    agreed(q.batch, (*valid)[0], "batch", context);
  }
  const bool known = q.heads.known() && dims.value_size.known();
  const Dimension hidden = known ? Dimension(q.heads.extent * dims.value_size.extent) : Dimension();
  context.set_shape(0, rank == 3 ? PartialShape{q.batch, q.length, hidden}
                                 : PartialShape{q.batch, q.heads, q.length, dims.value_size});
  context.set_shape(1, {q.batch, dims.kv_heads, dims.total, q.size});
  context.set_shape(2, {q.batch, dims.kv_heads, dims.total, dims.value_size});
  context.set_shape(3, dims.scores());
}

// --- FlexAttention: the graphs take and give [B,Hq,S,T] in the precision of the softmax.

void infer_flex_attention(InferContext& context) {
  check_float_type(context.attributes(), "softmax_precision");
  for (size_t i = 0; i < 3; ++i) {
    const PartialShape* shape = context.shape(i);
    if (shape == nullptr) return;
    check(shape->rank() == 4, "input ", quoted_name(context.op().input(i)->name),
          " must have 4 axes, its shape is ", *shape);
  }
  const AttentionDims dims = attention_dims(context);
  for (const char* name : {"score_mod", "prob_mod"}) {
    if (!context.attributes().has(name)) continue;
    const Graph& graph = *context.attributes().graph(name);
    check(graph.formal_count() == 1 && graph.outputs().size() == 1, "graph '", name,
          "' must have one input and one output, it has ", graph.formal_count(), " and ",
          graph.outputs().size());
    const Type& result = graph.value(graph.outputs()[0]).type;
    const Type& taken = graph.value(graph.inputs()[0]).type;
    check(result.is_unknown() || taken.is_unknown() || result.element == taken.element, "graph '",
          name, "' takes ", taken, " and gives ", result);
    if (result.shape) intersection_of(Type::tensor(result.element, dims.scores()), result);
  }
  context.set_shape(0, {dims.query.batch, dims.query.heads, dims.query.length, dims.value_size});
}

void specialize_flex_attention(Attributes& attributes, std::span<const Type> inputs,
                               size_t captures, std::optional<bool>) {
  const auto extent = [&](size_t i, int64_t axis) {
    const bool known = inputs[i].shape && inputs[i].shape->rank() == 4;
    return known ? (*inputs[i].shape)[axis] : Dimension();
  };
  const PartialShape scores{extent(0, 0), extent(0, 1), extent(0, 2), extent(1, 2)};
  std::vector<Type> types = {
      Type::tensor(flex_attention_precision(attributes, inputs[0].element), scores)};
  types.insert(types.end(), inputs.end() - static_cast<std::ptrdiff_t>(captures), inputs.end());
  for (const char* name : {"score_mod", "prob_mod"}) {
    if (attributes.has(name)) attributes.set(name, retyped(attributes.graph(name), types));
  }
}

// --- RotaryEmbedding

void check_rotary_cache(const InferContext& context, size_t i, const Dimension& half,
                        const HeadsShape& x) {
  const PartialShape* cache = context.shape(i);
  if (cache == nullptr) return;
  const int64_t rank = context.has_input(3) ? 2 : 3;
  const std::string name = quoted_name(context.op().input(i)->name);
  check(cache->rank() == rank, "input ", name, " must have ", rank, " axes ",
        rank == 2 ? "with" : "without", " 'position_ids', its shape is ", *cache);
  const Dimension& last = (*cache)[rank - 1];
  check(!last.known() || !half.known() || last.extent == half.extent, "input ", name, " of shape ",
        *cache, " must end in half of the turned features, ", half.extent);
  if (rank == 2) return;
  agreed(x.batch, (*cache)[0], "batch", context);
  agreed(x.length, (*cache)[1], "length", context);
}

void infer_rotary_embedding(InferContext& context) {
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  check(shape->rank() == 3 || shape->rank() == 4, "input 'X' must have 3 or 4 axes, its shape is ",
        *shape);
  const Attributes& attributes = context.attributes();
  if (shape->rank() == 3) {
    check(attributes.has("num_heads") && attributes.integer("num_heads") >= 1,
          "attribute 'num_heads' must be given for an input of 3 axes");
  }
  const HeadsShape x = heads_shape(context, 0, "num_heads");
  const int64_t part = attributes.integer("rotary_embedding_dim");
  check(part >= 0 && part % 2 == 0, "attribute 'rotary_embedding_dim' must be even, found ", part);
  check(!x.size.known() || part <= x.size.extent, "attribute 'rotary_embedding_dim' is ", part,
        ", heads have the size ", x.size.extent);
  check(part > 0 || !x.size.known() || x.size.extent % 2 == 0, "heads have the odd size ",
        x.size.extent);
  const Dimension turned = part > 0 ? Dimension(part) : x.size;
  const Dimension half = turned.known() ? Dimension(turned.extent / 2) : Dimension();
  check_rotary_cache(context, 1, half, x);
  check_rotary_cache(context, 2, half, x);
  if (const PartialShape* positions = context.shape(3)) {
    check(positions->rank() == 2, "'position_ids' must have 2 axes, its shape is ", *positions);
    agreed(x.batch, (*positions)[0], "batch", context);
    agreed(x.length, (*positions)[1], "length", context);
  }
  context.set_shape(0, *shape);
}

std::vector<AttributeDef> attention_attributes() {
  return {defaulted("is_causal", int64_t{0}),
          optional("kv_num_heads", AttributeType::kInt),
          defaulted("left_window_size", int64_t{-1}),
          optional("q_num_heads", AttributeType::kInt),
          defaulted("qk_matmul_output_mode", int64_t{0}),
          defaulted("right_window_size", int64_t{-1}),
          optional("scale", AttributeType::kFloat),
          defaulted("softcap", 0.0F),
          optional("softmax_precision", AttributeType::kInt)};
}

}  // namespace

DataType flex_attention_precision(const Attributes& attributes, DataType element) {
  if (attributes.has("softmax_precision")) {
    return static_cast<DataType>(attributes.integer("softmax_precision"));
  }
  return element == DataType::kDouble ? DataType::kDouble : DataType::kFloat;
}

std::vector<OpRow> attention_ops() {
  return {
      {.name = "Attention",
       .signature = "Q:T1, K:T1, V:T2, attn_mask:U?, past_key:T1?, past_value:T2?, "
                    "nonpad_kv_seqlen:int64? -> "
                    "Y:T1, present_key:T1?, present_value:T2?, qk_matmul_output:T1?",
       .types = {{"T1", kFloatTypes}, {"T2", kFloatTypes}, {"U", kNumericTypes | kBoolType}},
       .attributes = attention_attributes(),
       .infer = infer_attention,
       .expand = expand_attention},
      {.name = "FlexAttention",
       .signature = "Q:T1, K:T1, V:T1 -> Y:T1",
       .types = {{"T1", kFloatTypes}},
       .attributes = {optional("prob_mod", AttributeType::kGraph),
                      optional("scale", AttributeType::kFloat),
                      optional("score_mod", AttributeType::kGraph),
                      optional("softmax_precision", AttributeType::kInt)},
       .op_class = OpClass::kControlFlow,
       .infer = infer_flex_attention,
       .expand = expand_flex_attention,
       .domain = "ai.onnx.preview",
       .specialize = specialize_flex_attention},
      // ONNX has no double here; in double the derivatives are checked.
      {.name = "RotaryEmbedding",
       .signature = "X:T, cos_cache:T, sin_cache:T, position_ids:int64? -> Y:T",
       .types = {{"T", kFloatTypes}},
       .attributes = {defaulted("interleaved", int64_t{0}),
                      optional("num_heads", AttributeType::kInt),
                      defaulted("rotary_embedding_dim", int64_t{0})},
       .infer = infer_rotary_embedding,
       .expand = expand_rotary_embedding},
  };
}

}  // namespace twingrad
