#include "exporters/source/node_writer.h"

#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "ir/error.h"
#include "ir/roles.h"

namespace twingrad {
namespace {

// Floating-point data under a name of which nothing else is made.
bool is_read_once(const GraphFacts& facts, ValueId id) {
  const Value& value = facts.graph().value(id);
  return value.data && value.kind != Value::Kind::kConstant &&
         is_floating_point(value.type.element) && facts.uses(id) == 1;
}

}  // namespace

bool NodeWriter::wants(size_t output) const {
  return output < node_.outputs.size() && node_.outputs[output] != kNoValue &&
         lines_.facts().uses(node_.outputs[output]) > 0;
}

Code NodeWriter::in(size_t i) const {
  if (!has(i)) fail_unsupported("input ", i, " is absent");
  const ValueId id = node_.inputs[i];
  return channels_last_ ? lines_.channels_last(id, output_type(0).shape->rank()) : lines_.array(id);
}

// A number broadcasts like an array of one element, unless that array has the most axes.
bool NodeWriter::is_number(size_t i) const {
  const Tensor* tensor = has(i) ? lines_.constant(node_.inputs[i]) : nullptr;
  if (tensor == nullptr || tensor->element_count() != 1 || tensor->type() == DataType::kString) {
    return false;
  }
  if (tensor->rank() == 0) return true;
  for (size_t other = 0; other < input_count(); ++other) {
    if (other == i || !has(other)) continue;
    const Type& type = this->type(other);
    if (type.is_tensor() && type.shape && type.shape->rank() >= tensor->rank()) return true;
  }
  return false;
}

Code NodeWriter::operand(size_t i) const {
  return is_number(i) ? python_element(*lines_.constant(node_.inputs[i]), 0) : in(i);
}

std::vector<Code> NodeWriter::all_inputs() const {
  std::vector<Code> codes;
  for (size_t i = 0; i < input_count(); ++i) codes.push_back(in(i));
  return codes;
}

const Type& NodeWriter::type(size_t i) const {
  return lines_.facts().graph().value(node_.inputs[i]).type;
}

const Type& NodeWriter::output_type(size_t i) const {
  return lines_.facts().graph().value(node_.outputs[i]).type;
}

const PartialShape& NodeWriter::shape(size_t i) const {
  const Type& type = this->type(i);
  if (!type.is_tensor() || !type.shape) fail_unsupported("the rank of input ", i, " is not known");
  return *type.shape;
}

int64_t NodeWriter::rank(size_t i) const {
  return shape(i).rank();
}

int64_t NodeWriter::extent(size_t i, int64_t axis) const {
  const Dimension& dim = shape(i)[axis];
  if (!dim.known()) fail_unsupported("extent ", axis, " of input ", i, " is not known");
  return dim.extent;
}

Code NodeWriter::extent_code(size_t i, int64_t axis) const {
  const Dimension& dim = shape(i)[axis];
  return dim.known() ? python_integer(dim.extent) : lines_.extent(lines_.array(id(i)), axis);
}

const Tensor* NodeWriter::known(size_t i) const {
  return has(i) ? lines_.facts().known(node_.inputs[i]) : nullptr;
}

std::vector<int64_t> NodeWriter::integers(size_t i) const {
  const Tensor* tensor = known(i);
  if (tensor == nullptr) fail_unsupported("input ", i, " is computed");
  return as_int64(*tensor);
}

double NodeWriter::number(size_t i) const {
  const Tensor* tensor = known(i);
  if (tensor == nullptr || tensor->element_count() != 1) {
    fail_unsupported("input ", i, " is computed");
  }
  return element_as_double(*tensor, 0);
}

std::optional<std::vector<Code>> NodeWriter::elements(size_t i) const {
  const GraphFacts& facts = lines_.facts();
  std::vector<Code> codes;
  if (const Tensor* tensor = known(i)) {
    for (const int64_t element : as_int64(*tensor)) codes.push_back(python_integer(element));
    return codes;
  }
  const auto& contents = facts.graph().value(node_.inputs[i]).contents;
  if (!contents) return std::nullopt;
  for (const Dimension& dim : *contents) {
    const auto axis = dim.known() ? std::nullopt : facts.axis_named(dim.symbol);
    if (dim.known()) {
      codes.push_back(python_integer(dim.extent));
    } else if (axis) {
      codes.push_back(lines_.extent(value_reference(axis->first), axis->second));
    } else {
      return std::nullopt;
    }
  }
  return codes;
}

Code NodeWriter::real_code(double value) const {
  const bool wide =
      !node_.inputs.empty() && node_.inputs[0] != kNoValue && element(0) == DataType::kDouble;
  return python_real(value, wide ? DataType::kDouble : DataType::kFloat);
}

Code NodeWriter::real_code(std::string_view name) const {
  return real_code(static_cast<double>(real(name)));
}

int64_t NodeWriter::axis(int64_t axis, size_t i) const {
  return normalized_axis(axis, rank(i));
}

bool NodeWriter::owns_value(ValueId id) const {
  return is_read_once(lines_.facts(), id) && !is_declared_fixed(lines_.facts().graph().value(id));
}

bool NodeWriter::owns(size_t i) const {
  return has(i) && owns_value(node_.inputs[i]);
}

bool NodeWriter::owns_normalization() const {
  return owns(1) && owns(2) && is_read_once(lines_.facts(), id(3)) &&
         is_read_once(lines_.facts(), id(4));
}

Code NodeWriter::member(Member member) const {
  return lines_.add_member(std::move(member));
}

void NodeWriter::helper(std::string_view name) const {
  lines_.add_helper(name);
}

}  // namespace twingrad
