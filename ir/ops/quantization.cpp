#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/quantization_expansion.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

constexpr TypeSet kQuantizedTypes = {
    DataType::kInt8,       DataType::kUint8,          DataType::kInt16,
    DataType::kUint16,     DataType::kInt4,           DataType::kUint4,
    DataType::kInt2,       DataType::kUint2,          DataType::kFloat8E4M3FN,
    DataType::kFloat8E5M2, DataType::kFloat8E4M3FNUZ, DataType::kFloat8E5M2FNUZ,
    DataType::kFloat4E2M1, DataType::kFloat6E2M3,     DataType::kFloat6E3M2};

// The attribute as an element type; nullopt where it is 0, which stands for none.
std::optional<DataType> named_type(const InferContext& context, std::string_view attribute,
                                   TypeSet allowed) {
  const int64_t number = context.attributes().integer(attribute);
  if (number == 0) return std::nullopt;
  const auto type = data_type_from_number(number);
  check(type.has_value(), "attribute ", quoted_name(attribute), " is no element type: ", number);
  check(allowed.contains(*type), "attribute ", quoted_name(attribute), " must not be ",
        data_type_name(*type));
  return type;
}

// Blocked: x's shape but for the axis, along which there is one number a block.
void check_blocks(const PartialShape& shape, const PartialShape& x, int64_t axis,
                  int64_t block_size, std::string_view input) {
  bool fits = shape.rank() == x.rank();
  for (int64_t k = 0; fits && k < x.rank(); ++k) {
    const Dimension& have = shape[k];
    const Dimension& extent = x[k];
    if (!have.known() || !extent.known()) continue;
    const int64_t last = extent.extent == 0 ? -1 : (extent.extent - 1) / block_size;
    fits = have.extent == (k == axis ? last + 1 : extent.extent);
  }
  check(fits, quoted_name(input), " has shape ", shape, ", which does not fit blocks of ",
        block_size, " along axis ", axis, " of ", x);
}

void check_granularity(const InferContext& context, size_t i) {
  const PartialShape* shape = context.shape(i);
  const PartialShape* x = context.shape(0);
  if (shape == nullptr || x == nullptr) return;
  if (product_of(*shape, 0, shape->rank()).is(1)) return;
  const std::string& name = context.op().input(i)->name;
  const int64_t block_size = context.attributes().integer("block_size");
  check(x->rank() > 0, quoted_name(name), " has shape ", *shape, " for a scalar");
  const int64_t axis =
      x->rank() == 1 ? 0 : normalized_axis(context.attributes().integer("axis"), x->rank());
  if (block_size > 0) return check_blocks(*shape, *x, axis, block_size, name);
  check(shape->rank() <= 1, quoted_name(name), " must be a scalar or a vector, its shape is ",
        *shape);
  if (shape->rank() == 0) return;
  const Dimension& have = (*shape)[0];
  const Dimension& want = (*x)[axis];
  check(!have.known() || !want.known() || have.extent == want.extent || have.extent == 1,
        quoted_name(name), " has shape ", *shape, " for axis ", axis, " of ", *x);
}

void infer_granularity(InferContext& context) {
  const int64_t block_size = context.attributes().integer("block_size");
  check(block_size >= 0, "attribute 'block_size' must not be negative, found ", block_size);
  for (size_t i = 1; i < 3; ++i) check_granularity(context, i);
  infer_same_as_first(context);
}

void infer_quantize(InferContext& context) {
  const auto named = named_type(context, "output_dtype", kQuantizedTypes);
  named_type(context, "precision", kFloatTypes);
  if (!context.has_input(2)) {
    context.set_element(0, named.value_or(DataType::kUint8));
  } else if (named && context.input(2).is_tensor()) {
    check(*named == context.input(2).element, "attribute 'output_dtype' is ",
          data_type_name(*named), ", but the zero point is ",
          data_type_name(context.input(2).element));
  }
  infer_granularity(context);
}

void infer_dequantize(InferContext& context) {
  const auto named = named_type(context, "output_dtype", kFloatTypes);
  const Type& scale = context.input(1);
  if (named) {
    context.set_element(0, *named);
  } else if (scale.is_tensor()) {
    check(kFloatTypes.contains(scale.element),
          "attribute 'output_dtype' is missing for a scale of ", data_type_name(scale.element));
    context.set_element(0, scale.element);
  }
  infer_granularity(context);
}

void infer_dynamic_quantize(InferContext& context) {
  if (context.shape(0) != nullptr) context.set_shape(0, *context.shape(0));
  context.set_shape(1, PartialShape{});
  context.set_shape(2, PartialShape{});
}

}  // namespace

std::vector<OpRow> quantization_ops() {
  const TypeSet scales = kFloatTypes | TypeSet{DataType::kFloat8E8M0};
  const TypeSet int32 = {DataType::kInt32};
  const AttributeDef axis = defaulted("axis", int64_t{1});
  const AttributeDef block_size = defaulted("block_size", int64_t{0});
  const AttributeDef output_type = defaulted("output_dtype", int64_t{0});
  return {
      {.name = "QuantizeLinear",
       .signature = "x:T1, y_scale:T2, y_zero_point:T3? -> y:T3",
       .types = {{"T1", kFloatTypes | int32}, {"T2", scales | int32}, {"T3", kQuantizedTypes}},
       .attributes = {axis, block_size, output_type, defaulted("precision", int64_t{0}),
                      defaulted("saturate", int64_t{1})},
       .infer = infer_quantize,
       .expand = expand_quantize},
      {.name = "DequantizeLinear",
       .signature = "x:T1, x_scale:T2, x_zero_point:T1? -> y:T3",
       .types = {{"T1", kQuantizedTypes | int32}, {"T2", scales}, {"T3", kFloatTypes}},
       .attributes = {axis, block_size, output_type},
       .infer = infer_dequantize,
       .expand = expand_dequantize},
      {.name = "DynamicQuantizeLinear",
       .signature = "x:T1 -> y:uint8, y_scale:T1, y_zero_point:uint8",
       .types = {{"T1", {DataType::kFloat, DataType::kDouble}}},
       .infer = infer_dynamic_quantize,
       .expand = expand_dynamic_quantize},
  };
}

}  // namespace twingrad
