#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importers/pt2/argument.h"
#include "ir/expression.h"

namespace twingrad {

// A parameter of an operator, and its default where it has one.
struct AtenParameter {
  std::string name;
  std::optional<TorchArgument> fallback;
};

// Emits a nested graph of the program on a builder, for arguments that are values of that builder.
using EmitNested = std::function<std::vector<ValueId>(const JsonView& graph, Builder& builder,
                                                      std::span<const ValueId> arguments)>;

// One node of the program, as the row of its operator sees it: arguments by name, with the
// operator's defaults. Every reader throws an Error that names the argument.
class AtenCall {
 public:
  AtenCall(Builder& builder, std::span<const AtenParameter> parameters,
           std::vector<TorchArgument> arguments, std::vector<DataType> result_types,
           const EmitNested& nested)
      : builder_(builder),
        parameters_(parameters),
        arguments_(std::move(arguments)),
        result_types_(std::move(result_types)),
        nested_(nested) {}

  Builder& builder() const { return builder_; }
  // What the operator has no parameter for: more arguments by position.
  std::span<const TorchArgument> rest() const;
  size_t result_count() const { return result_types_.size(); }
  // The element type that the program declares for a result.
  DataType result_type(size_t index = 0) const;
  bool result_is_complex() const;

  bool is_none(std::string_view name) const;
  bool is_number(std::string_view name) const;
  bool is_complex(std::string_view name) const;
  Expr tensor(std::string_view name) const;
  std::optional<Expr> optional(std::string_view name) const;
  std::vector<Expr> tensors(std::string_view name) const;
  std::vector<std::optional<Expr>> optional_tensors(std::string_view name) const;
  TorchNumber number(std::string_view name) const;
  // A number or a tensor in the type; numbers are scalars.
  Expr operand(std::string_view name, DataType type) const;
  // Numbers that are known now; unsupported where the graph computes them.
  int64_t integer(std::string_view name) const;
  double real(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::vector<int64_t> integers(std::string_view name) const;
  std::vector<double> reals(std::string_view name) const;
  // Numbers as values, known or computed: an int64 vector, an int64 scalar.
  Expr extents(std::string_view name) const;
  Expr extent(std::string_view name) const;
  std::vector<TorchNumber> numbers(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  std::optional<DataType> type(std::string_view name) const;
  JsonView graph(std::string_view name) const;
  std::vector<ValueId> emit_nested(const JsonView& graph, Builder& builder,
                                   std::span<const ValueId> arguments) const {
    return nested_(graph, builder, arguments);
  }
  // Every argument of a list as a value; numbers become int64, double or bool scalars.
  std::vector<ValueId> values(std::string_view name) const;
  ValueId value(const TorchArgument& argument) const;

  Expr constant(Tensor tensor) const { return {builder_, builder_.constant(std::move(tensor))}; }
  Expr scalar(const TorchNumber& number, DataType type) const;

 private:
  const TorchArgument& argument(std::string_view name) const;
  template <typename T>
  const T& get(std::string_view name, std::string_view expected) const;

  Builder& builder_;
  std::span<const AtenParameter> parameters_;
  std::vector<TorchArgument> arguments_;
  std::vector<DataType> result_types_;
  const EmitNested& nested_;
};

}  // namespace twingrad
