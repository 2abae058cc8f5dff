#include "exporters/source/jax/jax.h"

#include "exporters/source/member_paths.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/shared_rows.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Member tensor_member(const Value& value, const Tensor&, bool trains) {
  Member member;
  const bool has_name = value.data && value.kind != Value::Kind::kConstant;
  member.path = has_name ? member_path(value.name) : "";
  member.fallback = trains ? "weight" : "constant";
  return member;
}

Code literal(const Tensor& tensor) {
  std::vector<Code> arguments = {python_elements(tensor)};
  const DataType type = tensor.type();
  const bool usual = type == DataType::kInt64 || type == DataType::kBool;
  if (!usual || tensor.element_count() == 0) {
    arguments.push_back(keyword("dtype", {jax_type(type)}));
  }
  return call("jnp.array", arguments);
}

std::vector<SourceRow> all_rows() {
  std::vector<SourceRow> rows;
  for (const auto family : {jax_elementwise_rows, jax_shape_rows, jax_reduction_rows,
                            jax_indexing_rows, jax_layer_rows, jax_pooling_rows, jax_loss_rows,
                            jax_control_flow_rows, shared_transform_rows, shared_selection_rows}) {
    const std::vector<SourceRow> more = family();
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

std::span<const SourceRow> rows() {
  static const std::vector<SourceRow> table = all_rows();
  return table;
}

}  // namespace

std::string jax_type(DataType type) {
  switch (type) {
    case DataType::kFloat:
      return "jnp.float32";
    case DataType::kDouble:
      return "jnp.float64";
    case DataType::kFloat16:
      return "jnp.float16";
    case DataType::kBfloat16:
      return "jnp.bfloat16";
    case DataType::kBool:
      return "bool";
    default:
      break;
  }
  if (is_integer(type) && stored_bits(type) >= 8) return "jnp." + std::string(data_type_name(type));
  fail_unsupported("elements of type ", data_type_name(type));
}

const Framework& jax() {
  static const Framework framework = {"jax", "JAX", rows, tensor_member, literal, write_jax};
  return framework;
}

}  // namespace twingrad
