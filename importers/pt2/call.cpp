#include "importers/pt2/call.h"

#include <algorithm>

#include "importers/pt2/scalar_type.h"
#include "ir/error.h"

namespace twingrad {
namespace {

DataType type_of(TorchNumber::Kind kind) {
  switch (kind) {
    case TorchNumber::Kind::kBool:
      return DataType::kBool;
    case TorchNumber::Kind::kInteger:
      return DataType::kInt64;
    case TorchNumber::Kind::kReal:
      return DataType::kDouble;
  }
  return DataType::kUndefined;
}

}  // namespace

const TorchArgument& AtenCall::argument(std::string_view name) const {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].name == name) return arguments_[i];
  }
  fail("argument ", quoted_name(name), " is missing");
}

template <typename T>
const T& AtenCall::get(std::string_view name, std::string_view expected) const {
  const T* value = std::get_if<T>(&argument(name));
  check(value != nullptr, "argument ", quoted_name(name), ": expected ", expected);
  return *value;
}

std::span<const TorchArgument> AtenCall::rest() const {
  return std::span(arguments_).subspan(parameters_.size());
}

DataType AtenCall::result_type(size_t index) const {
  check(index < result_types_.size() && result_types_[index] != DataType::kUndefined, "result ",
        index, " has no type");
  const DataType type = result_types_[index];
  return is_complex_pair(type) ? part_type(type) : type;
}

bool AtenCall::result_is_complex() const {
  return !result_types_.empty() && is_complex_pair(result_types_.front());
}

bool AtenCall::is_none(std::string_view name) const {
  return std::holds_alternative<std::monostate>(argument(name));
}

bool AtenCall::is_number(std::string_view name) const {
  return std::holds_alternative<TorchNumber>(argument(name));
}

bool AtenCall::is_complex(std::string_view name) const {
  const auto* tensor = std::get_if<TorchTensor>(&argument(name));
  return tensor != nullptr && tensor->complex;
}

Expr AtenCall::tensor(std::string_view name) const {
  const auto& tensor = get<TorchTensor>(name, "a tensor");
  check(tensor.id != kNoValue, "argument ", quoted_name(name), ": expected a tensor");
  return {builder_, tensor.id};
}

std::optional<Expr> AtenCall::optional(std::string_view name) const {
  const TorchArgument& given = argument(name);
  if (std::holds_alternative<std::monostate>(given)) return std::nullopt;
  if (const auto* found = std::get_if<TorchTensor>(&given); found && found->id == kNoValue) {
    return std::nullopt;
  }
  return tensor(name);
}

std::vector<Expr> AtenCall::tensors(std::string_view name) const {
  std::vector<Expr> result;
  for (const auto& tensor : optional_tensors(name)) {
    check(tensor.has_value(), "argument ", quoted_name(name), ": a tensor of the list is absent");
    result.push_back(*tensor);
  }
  return result;
}

std::vector<std::optional<Expr>> AtenCall::optional_tensors(std::string_view name) const {
  std::vector<std::optional<Expr>> result;
  for (const TorchTensor& tensor : get<std::vector<TorchTensor>>(name, "a list of tensors")) {
    result.push_back(tensor.id == kNoValue ? std::nullopt
                                           : std::optional(Expr(builder_, tensor.id)));
  }
  return result;
}

TorchNumber AtenCall::number(std::string_view name) const {
  return get<TorchNumber>(name, "a number");
}

Expr AtenCall::scalar(const TorchNumber& number, DataType type) const {
  if (!number.known()) {
    return cast({builder_, number.value}, type);
  }
  if (type == DataType::kInt64 && number.kind != TorchNumber::Kind::kReal) {
    return constant(Tensor::scalar(number.integer));
  }
  return constant(Tensor::filled(type, {}, number.as_double()));
}

Expr AtenCall::operand(std::string_view name, DataType type) const {
  if (is_number(name)) return scalar(number(name), type);
  return cast(tensor(name), type);
}

int64_t AtenCall::integer(std::string_view name) const {
  const TorchNumber found = number(name);
  check(found.kind != TorchNumber::Kind::kReal, "argument ", quoted_name(name),
        ": expected an integer");
  if (!found.known()) {
    fail_unsupported("argument ", quoted_name(name), ": a number that the graph computes");
  }
  return found.integer;
}

double AtenCall::real(std::string_view name) const {
  const TorchNumber found = number(name);
  if (!found.known()) {
    fail_unsupported("argument ", quoted_name(name), ": a number that the graph computes");
  }
  return found.as_double();
}

bool AtenCall::flag(std::string_view name) const {
  return integer(name) != 0;
}

std::vector<TorchNumber> AtenCall::numbers(std::string_view name) const {
  const TorchArgument& given = argument(name);
  if (const auto* one = std::get_if<TorchNumber>(&given)) return {*one};
  const auto* tensors = std::get_if<std::vector<TorchTensor>>(&given);
  if (tensors != nullptr && tensors->empty()) return {};
  return get<std::vector<TorchNumber>>(name, "a list of numbers");
}

std::vector<int64_t> AtenCall::integers(std::string_view name) const {
  std::vector<int64_t> result;
  for (const TorchNumber& number : numbers(name)) {
    check(number.kind != TorchNumber::Kind::kReal, "argument ", quoted_name(name),
          ": expected integers");
    if (!number.known()) {
      fail_unsupported("argument ", quoted_name(name), ": numbers that the graph computes");
    }
    result.push_back(number.integer);
  }
  return result;
}

std::vector<double> AtenCall::reals(std::string_view name) const {
  std::vector<double> result;
  for (const TorchNumber& number : numbers(name)) {
    if (!number.known()) {
      fail_unsupported("argument ", quoted_name(name), ": numbers that the graph computes");
    }
    result.push_back(number.as_double());
  }
  return result;
}

Expr AtenCall::extents(std::string_view name) const {
  const std::vector<TorchNumber> all = numbers(name);
  if (std::ranges::all_of(all, &TorchNumber::known)) {
    const std::vector<int64_t> known = integers(name);
    return constant(Tensor::of<int64_t>({static_cast<int64_t>(known.size())}, known));
  }
  std::vector<Expr> parts;
  parts.reserve(all.size());
  for (const TorchNumber& number : all) {
    parts.push_back(reshape(scalar(number, DataType::kInt64), std::array{int64_t{1}}));
  }
  return concat(parts, 0);
}

Expr AtenCall::extent(std::string_view name) const {
  return scalar(number(name), DataType::kInt64);
}

const std::string& AtenCall::text(std::string_view name) const {
  return get<std::string>(name, "a text");
}

std::optional<DataType> AtenCall::type(std::string_view name) const {
  if (is_none(name)) return std::nullopt;
  if (is_number(name)) return std::nullopt;  // c10 numbers: the declared result says it
  return get<DataType>(name, "a type of elements");
}

JsonView AtenCall::graph(std::string_view name) const {
  return get<JsonView>(name, "a graph");
}

ValueId AtenCall::value(const TorchArgument& argument) const {
  if (const auto* tensor = std::get_if<TorchTensor>(&argument)) return tensor->id;
  if (const auto* number = std::get_if<TorchNumber>(&argument)) {
    return number->known() ? scalar(*number, type_of(number->kind)).id() : number->value;
  }
  fail("expected a tensor or a number");
}

std::vector<ValueId> AtenCall::values(std::string_view name) const {
  std::vector<ValueId> ids;
  const TorchArgument& given = argument(name);
  if (const auto* tensors = std::get_if<std::vector<TorchTensor>>(&given)) {
    for (const TorchTensor& tensor : *tensors) ids.push_back(tensor.id);
  } else {
    for (const TorchNumber& number : numbers(name)) ids.push_back(value(number));
  }
  return ids;
}

}  // namespace twingrad
