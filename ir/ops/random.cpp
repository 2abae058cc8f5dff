#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void infer_dropout(InferContext& context) {
  infer_same_as_first(context);
  const Tensor* ratio = context.data(1);
  if (ratio == nullptr) return;
  check(ratio->element_count() == 1, "the ratio must be a scalar, its shape is ", ratio->shape());
  const double value = element_as_double(*ratio, 0);
  check(value >= 0 && value < 1, "the ratio must be in [0, 1), found ", value);
}

// The attribute, else the element type of input 0 (where there is one).
void set_drawn_type(InferContext& context, TypeSet allowed) {
  DataType element = context.has_input(0) ? context.input(0).element : DataType::kFloat;
  if (context.attributes().has("dtype")) {
    const auto type = data_type_from_number(context.attributes().integer("dtype"));
    if (!type) fail("attribute 'dtype' is no element type");
    element = *type;
  }
  check(allowed.contains(element), "cannot draw elements of type ", data_type_name(element));
  context.set_element(0, element);
}

void infer_random(InferContext& context) {
  set_drawn_type(context, kFloatTypes);
  const auto& extents = context.attributes().integers("shape");
  PartialShape shape;
  for (const int64_t extent : extents) {
    check(extent >= 0, "attribute 'shape' has an entry ", extent);
    shape.append(Dimension(extent));
  }
  context.set_shape(0, std::move(shape));
}

void infer_random_like(InferContext& context) {
  set_drawn_type(context, kFloatTypes);
  infer_same_as_first(context);
}

void infer_bernoulli(InferContext& context) {
  set_drawn_type(context, kNumericTypes | kBoolType);
  infer_same_as_first(context);
}

void infer_multinomial(InferContext& context) {
  set_drawn_type(context, kIndexTypes);
  const int64_t samples = context.attributes().integer("sample_size");
  check(samples >= 0, "attribute 'sample_size' must not be negative, found ", samples);
  const PartialShape* shape = context.shape(0);
  check(shape == nullptr || shape->rank() == 2, "the input must be [batch, class], its shape is ",
        shape == nullptr ? PartialShape() : *shape);
  context.set_shape(0, {shape == nullptr ? Dimension() : (*shape)[0], Dimension(samples)});
}

OpRow draw(std::string_view name, std::string_view signature, std::vector<TypeConstraint> types,
           std::vector<AttributeDef> attributes, InferFunction infer) {
  attributes.push_back(optional("seed", AttributeType::kFloat));
  attributes.push_back(optional("stream", AttributeType::kInt));
  return {.name = name,
          .signature = signature,
          .types = std::move(types),
          .attributes = std::move(attributes),
          .op_class = OpClass::kRandom,
          .infer = infer};
}

}  // namespace

// What is drawn depends on the seed of the run, the attribute `seed` or else `stream`, and the
// index of the element. The Builder gives every random node a stream of its own, so that it draws
// the same wherever it is evaluated again. ONNX has no `stream`: exporters leave it out.
std::vector<OpRow> random_ops() {
  const AttributeDef type = defaulted("dtype", int64_t{1});
  const AttributeDef like_type = optional("dtype", AttributeType::kInt);
  const std::vector<TypeConstraint> like = {{"T1", kClassicTypes}, {"T2", kFloatTypes}};
  const TypeSet droppable =
      kFloatTypes | TypeSet{DataType::kFloat8E4M3FN, DataType::kFloat8E4M3FNUZ,
                            DataType::kFloat8E5M2, DataType::kFloat8E5M2FNUZ};
  const AttributeDef shape = required("shape", AttributeType::kInts);
  const std::vector<AttributeDef> normal = {defaulted("mean", 0.0F), defaulted("scale", 1.0F)};
  const std::vector<AttributeDef> uniform = {defaulted("high", 1.0F), defaulted("low", 0.0F)};
  const auto with = [](std::vector<AttributeDef> list, std::initializer_list<AttributeDef> more) {
    list.insert(list.end(), more.begin(), more.end());
    return list;
  };
  return {
      {.name = "Dropout",
       .signature = "data:T, ratio:T1?, training_mode:bool? -> output:T, mask:bool?",
       .types = {{"T", droppable}, {"T1", droppable}},
       .attributes = {optional("seed", AttributeType::kInt),
                      optional("stream", AttributeType::kInt)},
       .op_class = OpClass::kRandom,
       .infer = infer_dropout},
      draw("RandomNormal", "-> output:T", {{"T", kFloatTypes}}, with(normal, {type, shape}),
           infer_random),
      draw("RandomUniform", "-> output:T", {{"T", kFloatTypes}}, with(uniform, {type, shape}),
           infer_random),
      draw("RandomNormalLike", "input:T1 -> output:T2", like, with(normal, {like_type}),
           infer_random_like),
      draw("RandomUniformLike", "input:T1 -> output:T2", like, with(uniform, {like_type}),
           infer_random_like),
      draw("Bernoulli", "input:T1 -> output:T2",
           {{"T1", kFloatTypes}, {"T2", kNumericTypes | kBoolType}}, {like_type}, infer_bernoulli),
      draw("Multinomial", "input:T1 -> output:T2", {{"T1", kFloatTypes}, {"T2", kIndexTypes}},
           {defaulted("dtype", int64_t{6}), defaulted("sample_size", int64_t{1})},
           infer_multinomial),
  };
}

}  // namespace twingrad
