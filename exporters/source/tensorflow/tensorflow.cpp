#include "exporters/source/tensorflow/tensorflow.h"

#include "exporters/source/keras/keras.h"
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
  return call("tf.constant", {python_elements(tensor), keyword("dtype", {tf_type(tensor.type())})});
}

std::vector<SourceRow> all_rows() {
  std::vector<SourceRow> rows;
  for (const auto family :
       {tensorflow_elementwise_rows, tensorflow_shape_rows, tensorflow_reduction_rows,
        tensorflow_indexing_rows, tensorflow_layer_rows, tensorflow_pooling_rows,
        tensorflow_loss_rows, tensorflow_control_flow_rows, shared_transform_rows,
        shared_selection_rows}) {
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

std::string tf_type(DataType type) {
  switch (type) {
    case DataType::kFloat:
      return "tf.float32";
    case DataType::kDouble:
      return "tf.float64";
    case DataType::kFloat16:
      return "tf.float16";
    case DataType::kBfloat16:
      return "tf.bfloat16";
    case DataType::kBool:
      return "tf.bool";
    default:
      break;
  }
  if (is_integer(type) && stored_bits(type) >= 8) return "tf." + std::string(data_type_name(type));
  fail_unsupported("elements of type ", data_type_name(type));
}

const Framework& tensorflow() {
  static const Framework framework = {"tensorflow",     "TensorFlow", rows,
                                      tensor_member,    literal,      write_tensorflow,
                                      "{0}.shape[{1}]", keras};
  return framework;
}

}  // namespace twingrad
