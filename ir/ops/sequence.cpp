#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/sequence_expansion.h"
#include "ir/ops/tables.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

// What ONNX lets a sequence hold; bfloat16, which only SplitToSequence makes, everywhere: the
// gradients of that need it.
constexpr TypeSet kItemTypes =
    kFloatTypes | kIntegerTypes | kBoolType | kStringType | kComplexTypes;

// nullptr where nothing is known of the items.
const Type* item_of(const InferContext& context, size_t i) {
  if (!context.has_input(i)) return nullptr;
  const Type& type = context.input(i);
  check(type.is_sequence(), "input ", i, " must be a sequence, found ", type);
  return type.item.get();
}

// A single number; an input of one element is taken for a scalar, as other runtimes do.
void check_position(const InferContext& context, size_t i) {
  const PartialShape* shape = context.shape(i);
  if (shape == nullptr) return;
  const Dimension count = product_of(*shape, 0, shape->rank());
  check(!count.known() || count.is(1), "'position' must be a scalar, its shape is ", *shape);
}

void infer_construct(InferContext& context) {
  check(context.input_count() > 0, "has no inputs");
  Type item = context.input(0);
  for (size_t i = 1; i < context.input_count(); ++i) item = union_of(item, context.input(i));
  context.set_type(0, Type::sequence(std::move(item)));
}

void infer_empty(InferContext& context) {
  const int64_t number = context.attributes().integer("dtype");
  const auto element = data_type_from_number(number);
  check(element && kItemTypes.contains(*element), "attribute 'dtype' is ", number,
        ", which no sequence can hold");
  Type item = Type::tensor(*element);
  item.vacant = true;
  context.set_type(0, Type::sequence(std::move(item)));
}

void infer_at(InferContext& context) {
  check_position(context, 1);
  if (const Type* item = item_of(context, 0)) {
    Type type = *item;
    type.vacant = false;
    context.set_type(0, std::move(type));
  }
}

void infer_insert(InferContext& context) {
  check_position(context, 2);
  const Type* item = item_of(context, 0);
  if (item == nullptr) return;
  context.set_type(0, Type::sequence(union_of(*item, context.input(1))));
}

void infer_erase(InferContext& context) {
  check_position(context, 1);
  item_of(context, 0);
  context.set_type(0, context.input(0));
}

void infer_length(InferContext& context) {
  item_of(context, 0);
  context.set_shape(0, PartialShape{});
}

// The extent along the axis that all parts have; unknown where they differ or it is not known.
Dimension part_extent(const InferContext& context, const Dimension& whole) {
  if (!context.has_input(1)) return {1};
  const auto split = context.integers(1);
  if (!split || context.shape(1) == nullptr) return {};
  int64_t sum = 0;
  for (const int64_t extent : *split) {
    check(extent >= 0, "'split' has the negative entry ", extent);
    sum += extent;
  }
  if (context.shape(1)->rank() == 0) {
    check(sum > 0, "'split' is 0");
    if (whole.known() && whole.extent % sum == 0) return {sum};
    return {};
  }
  check(!whole.known() || whole.extent == sum, "the parts of 'split' add up to ", sum,
        ", the input has ", whole.extent);
  for (const int64_t extent : *split) {
    if (extent != split->front()) return {};
  }
  return split->empty() ? Dimension() : Dimension(split->front());
}

void infer_split_to_sequence(InferContext& context) {
  if (const PartialShape* split = context.shape(1)) {
    check(split->rank() <= 1, "'split' has rank ", split->rank());
  }
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  const int64_t axis = normalized_axis(context.attributes().integer("axis"), shape->rank());
  const Dimension extent = part_extent(context, (*shape)[axis]);
  const bool squeezed = !context.has_input(1) && !context.attributes().flag("keepdims");
  PartialShape part;
  for (int64_t k = 0; k < shape->rank(); ++k) {
    if (k != axis) {
      part.append((*shape)[k]);
    } else if (!squeezed) {
      part.append(extent);
    }
  }
  context.set_type(0, Type::sequence(Type::tensor(context.input(0).element, std::move(part))));
}

void infer_concat_from_sequence(InferContext& context) {
  const int64_t fresh = context.attributes().integer("new_axis");
  check(fresh == 0 || fresh == 1, "attribute 'new_axis' must be 0 or 1, found ", fresh);
  const Type* item = item_of(context, 0);
  if (item == nullptr || !item->shape) return;
  const int64_t axis =
      normalized_axis(context.attributes().integer("axis"), item->shape->rank() + fresh);
  std::vector<Dimension> dims = item->shape->dims();
  if (fresh != 0) {
    dims.insert(dims.begin() + axis, Dimension());
  } else {
    dims[static_cast<size_t>(axis)] = Dimension();
  }
  context.set_shape(0, PartialShape(std::move(dims)));
}

// --- SequenceMap: inputs sequence, (sequence | tensor)...; body: (item | tensor...) -> tensors...

void specialize_map(Attributes& attributes, std::span<const Type> inputs, size_t captures,
                    std::optional<bool>) {
  std::vector<Type> types(inputs.begin(), inputs.end());
  for (size_t i = 0; i < inputs.size() - captures; ++i) {
    if (types[i].is_sequence()) types[i] = Type(*inputs[i].item);
  }
  attributes.set("body", retyped(attributes.graph("body"), types));
}

void infer_map(InferContext& context) {
  item_of(context, 0);
  const Graph& body = *context.attributes().graph("body");
  check(context.output_count() == body.outputs().size(), "has ", context.output_count(),
        " outputs, its body gives ", body.outputs().size());
  for (size_t i = 0; i < context.output_count(); ++i) {
    const Type& item = body.value(body.outputs()[i]).type;
    check(item.is_tensor(), "output ", i, " of the body is ", item, ", expected a tensor");
    context.set_type(i, Type::sequence(item));
  }
}

OpRow sequence_row(std::string_view name, std::string_view signature, InferFunction infer,
                   std::vector<AttributeDef> attributes = {}) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", kItemTypes}, {"I", kIndexTypes}},
          .attributes = std::move(attributes),
          .infer = infer};
}

}  // namespace

std::vector<OpRow> sequence_ops() {
  return {
      sequence_row("SequenceConstruct", "inputs:T* -> output_sequence:seq(T)", infer_construct),
      sequence_row("SequenceEmpty", "-> output:any", infer_empty,
                   {defaulted("dtype", static_cast<int64_t>(DataType::kFloat))}),
      sequence_row("SequenceAt", "input_sequence:seq(T), position:I -> tensor:T", infer_at),
      sequence_row("SequenceInsert",
                   "input_sequence:seq(T), tensor:T, position:I? -> output_sequence:seq(T)",
                   infer_insert),
      sequence_row("SequenceErase", "input_sequence:seq(T), position:I? -> output_sequence:seq(T)",
                   infer_erase),
      sequence_row("SequenceLength", "input_sequence:seq(T) -> length:int64", infer_length),
      sequence_row("SplitToSequence", "input:T, split:I? -> output_sequence:seq(T)",
                   infer_split_to_sequence,
                   {defaulted("keepdims", int64_t{1}), defaulted("axis", int64_t{0})}),
      sequence_row("ConcatFromSequence", "input_sequence:seq(T) -> concat_result:T",
                   infer_concat_from_sequence,
                   {defaulted("new_axis", int64_t{0}), required("axis", AttributeType::kInt)}),
      {.name = "SequenceMap",
       .signature = "input_sequence:seq(T), additional_inputs:any~ -> out_sequence:any~",
       .types = {{"T", kItemTypes}},
       .attributes = {required("body", AttributeType::kGraph)},
       .op_class = OpClass::kControlFlow,
       .infer = infer_map,
       .expand = expand_sequence_map,
       .specialize = specialize_map},
  };
}

}  // namespace twingrad
