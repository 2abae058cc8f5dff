#include "ir/infer.h"

#include <algorithm>

#include "ir/error.h"

namespace twingrad {

const PartialShape* InferContext::shape(size_t i) const {
  if (!has_input(i) || !inputs_[i].type->shape) return nullptr;
  return &*inputs_[i].type->shape;
}

std::optional<PartialShape> contents_of(const Tensor& data) {
  std::vector<Dimension> dims;
  if (is_integer(data.type())) {
    for (const int64_t value : as_int64(data)) dims.emplace_back(value);
  } else if (data.type() == DataType::kBool && data.element_count() <= kLargestContents) {
    for (int64_t i = 0; i < data.element_count(); ++i) {
      dims.emplace_back(element_as_double(data, i) != 0 ? 1 : 0);
    }
  } else {
    return std::nullopt;
  }
  return PartialShape(std::move(dims));
}

std::optional<PartialShape> InferContext::contents(size_t i) const {
  if (!has_input(i)) return std::nullopt;
  const Input& input = inputs_[i];
  if (input.contents != nullptr) return *input.contents;
  return input.data == nullptr ? std::nullopt : contents_of(*input.data);
}

std::optional<std::vector<int64_t>> InferContext::integers(size_t i) const {
  if (has_input(i) && inputs_[i].data != nullptr) return as_int64(*inputs_[i].data);
  const auto known = contents(i);
  if (!known || !known->known()) return std::nullopt;
  return known->shape().extents();
}

void InferContext::set_element(size_t i, DataType element) {
  outputs_[i].type.kind = Type::Kind::kTensor;
  outputs_[i].type.element = element;
}

void InferContext::set_shape(size_t i, PartialShape shape) {
  if (i < outputs_.size()) outputs_[i].type.shape = std::move(shape);
}

namespace {

// The type behind "seq(T)" or "optional(T)"; the text itself if it has no such wrapping.
std::string_view inner_type(std::string_view formal, const Type*& actual) {
  const auto unwrap = [&](std::string_view prefix, Type::Kind kind) {
    if (!formal.starts_with(prefix) || !formal.ends_with(')')) return false;
    formal = formal.substr(prefix.size(), formal.size() - prefix.size() - 1);
    check(actual == nullptr || actual->kind == kind, "expected a type ", prefix, "...), found ",
          *actual);
    if (actual != nullptr) actual = actual->item.get();
    return true;
  };
  while (unwrap("seq(", Type::Kind::kSequence) || unwrap("optional(", Type::Kind::kOptional)) {
  }
  return formal;
}

struct Binding {
  std::string_view variable;
  DataType element;
};

void bind(const OpDef& op, const Formal& formal, const Type& actual,
          std::vector<Binding>& bindings) {
  const Type* inner = &actual;
  const std::string_view type = inner_type(formal.type, inner);
  if (type == "any" || inner == nullptr || inner->is_unknown()) return;
  check(inner->is_tensor(), "input ", quoted_name(formal.name), " must be a tensor, found ",
        *inner);
  const TypeConstraint* constraint = op.constraint(type);
  if (constraint == nullptr) {
    check(data_type_name(inner->element) == type, "input ", quoted_name(formal.name), " must be ",
          type, ", found ", data_type_name(inner->element));
    return;
  }
  check(constraint->elements.contains(inner->element), "input ", quoted_name(formal.name),
        " must not be ", data_type_name(inner->element));
  if (formal.arity == Formal::Arity::kVariadic && !formal.same_types) return;
  const auto bound = std::ranges::find(bindings, type, &Binding::variable);
  if (bound == bindings.end()) {
    bindings.push_back({type, inner->element});
  } else {
    check(bound->element == inner->element, "input ", quoted_name(formal.name), " must be ",
          data_type_name(bound->element), " as the inputs before it, found ",
          data_type_name(inner->element));
  }
}

Type output_type(const Formal& formal, std::span<const Binding> bindings) {
  const std::string_view text = formal.type;
  const auto wrapped = [&](size_t prefix) {
    Formal inner = formal;
    inner.type = text.substr(prefix, text.size() - prefix - 1);
    return output_type(inner, bindings);
  };
  if (text.starts_with("seq(")) return Type::sequence(wrapped(4));
  if (text.starts_with("optional(")) return Type::optional(wrapped(9));
  const auto bound = std::ranges::find(bindings, text, &Binding::variable);
  if (bound != bindings.end()) return Type::tensor(bound->element);
  const auto literal = data_type_from_name(text);
  return literal ? Type::tensor(*literal) : Type();
}

}  // namespace

std::vector<InferContext::Output> resolve_types(const OpDef& op,
                                                std::span<const InferContext::Input> inputs,
                                                size_t output_count) {
  std::vector<Binding> bindings;
  for (size_t i = 0; i < std::max(inputs.size(), op.inputs.size()); ++i) {
    const Formal* formal = op.input(i);
    check(formal != nullptr, "has ", inputs.size(), " inputs, at most ", op.inputs.size(),
          " are allowed");
    const bool present = i < inputs.size() && inputs[i].type != nullptr;
    check(present || formal->arity != Formal::Arity::kRequired, "input ", quoted_name(formal->name),
          " is missing");
    if (present) bind(op, *formal, *inputs[i].type, bindings);
  }
  std::vector<InferContext::Output> outputs;
  for (size_t i = 0; i < output_count; ++i) {
    const Formal* formal = op.output(i);
    check(formal != nullptr, "has ", output_count, " outputs, at most ", op.outputs.size(),
          " are allowed");
    outputs.push_back({output_type(*formal, bindings), std::nullopt});
  }
  return outputs;
}

PartialShape broadcast(const PartialShape& a, const PartialShape& b) {
  const int64_t rank = std::max(a.rank(), b.rank());
  std::vector<Dimension> dims(static_cast<size_t>(rank));
  for (int64_t i = 1; i <= rank; ++i) {
    const Dimension x = i <= a.rank() ? a[a.rank() - i] : Dimension(1);
    const Dimension y = i <= b.rank() ? b[b.rank() - i] : Dimension(1);
    Dimension& result = dims[static_cast<size_t>(rank - i)];
    if (x.is(1) || x.same_as(y)) {
      result = y;
    } else if (y.is(1)) {
      result = x;
    } else if (x.known() && y.known()) {
      fail("shapes ", a, " and ", b, " do not broadcast");
    } else if (x.known() || y.known()) {
      result = x.known() ? x : y;
    }
  }
  return PartialShape(std::move(dims));
}

Dimension product_of(const PartialShape& shape, int64_t first, int64_t last) {
  Dimension result(1);
  for (int64_t axis = first; axis < last; ++axis) {
    const Dimension& dim = shape[axis];
    if (result.known() && dim.known()) {
      const auto product = checked_product(result.extent, dim.extent);
      check(product.has_value(), "shape ", shape, " has too many elements");
      result = Dimension(*product);
    } else if (dim.is(0) || result.is(0)) {
      result = Dimension(0);
    } else if (result.is(1)) {
      result = dim;
    } else if (!dim.is(1)) {
      result = Dimension();
    }
  }
  return result;
}

void infer_same_as_first(InferContext& context) {
  if (context.shape(0) == nullptr) return;
  for (size_t i = 0; i < context.output_count(); ++i) context.set_shape(i, *context.shape(0));
}

void infer_broadcast(InferContext& context) {
  if (context.shape(0) == nullptr) return;
  PartialShape shape = *context.shape(0);
  for (size_t i = 1; i < context.input_count(); ++i) {
    if (!context.has_input(i)) continue;
    if (context.shape(i) == nullptr) return;
    shape = broadcast(shape, *context.shape(i));
  }
  context.set_shape(0, std::move(shape));
}

}  // namespace twingrad
