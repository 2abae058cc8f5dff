#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/attribute.h"
#include "ir/type.h"

namespace twingrad {

class Builder;
class InferContext;
struct Node;

// What an operator is to the passes and the memory plan.
enum class OpClass : uint8_t {
  kElementwise,  // element i of the output depends on element i of the broadcast inputs
  kView,         // the output has the bytes of input 0 under another shape
  kReduction,
  kMovement,     // copies elements elsewhere
  kContraction,  // sums of products: MatMul, Conv
  kControlFlow,  // has nested graphs
  kRandom,       // draws numbers: never folded, never merged
  kOther,
};

// One formal input or output. `type` names a type constraint, or an element type ("int64"), or is
// one of "seq(...)", "optional(...)", "any".
struct Formal {
  enum class Arity : uint8_t { kRequired, kOptional, kVariadic };
  std::string name;
  std::string type;
  Arity arity = Arity::kRequired;
  bool same_types = true;  // variadic: all have one type
};

struct TypeConstraint {
  std::string_view name;
  TypeSet elements;
};

struct AttributeDef {
  std::string_view name;
  AttributeType type;
  bool required = false;
  AttributeValue fallback = {};  // monostate: none
};

// Rows are made of these: `defaulted("axis", int64_t{0})`, `required("perm", kInts)`.
AttributeDef defaulted(std::string_view name, AttributeValue value);
AttributeDef required(std::string_view name, AttributeType type);
AttributeDef optional(std::string_view name, AttributeType type);

// Sets shapes (and what else is known) of the outputs. Element types that follow from the type
// constraints are set before the call. Throws Error for shapes and values that do not fit; must
// accept unknown ranks and extents.
using InferFunction = void (*)(InferContext&);

// Writes the operator in terms of others: emits on `builder`, returns one value for every output of
// the node (kNoValue where the node omits it). `inputs` are ids on the builder, with the node's
// own types and, at least, what is known of them.
using ExpandFunction = std::vector<int32_t> (*)(Builder& builder, const Node& node,
                                                std::span<const int32_t> inputs);

// For operators with nested graphs: infers those graphs anew for the node's input types (the
// captures last) and puts them into `attributes`, before `infer` runs. `condition` is input 0 where
// that is a single boolean and known.
using SpecializeFunction = void (*)(Attributes& attributes, std::span<const Type> inputs,
                                    size_t capture_count, std::optional<bool> condition);

// The definition row of an operator: ONNX's newest meaning, or for domain "twingrad" our own.
struct OpRow {
  std::string_view name;
  // "A:T, B:T, C:T? -> Y:T, mask:bool?"; `?` optional, `*` variadic, `~` variadic of mixed types.
  std::string_view signature;
  std::vector<TypeConstraint> types;
  std::vector<AttributeDef> attributes = {};
  OpClass op_class = OpClass::kOther;
  InferFunction infer = nullptr;
  ExpandFunction expand = nullptr;
  std::string_view domain = "";  // "" is ai.onnx
  SpecializeFunction specialize = nullptr;
};

// A row with its signature read.
struct OpDef : OpRow {
  explicit OpDef(OpRow row);
  std::vector<Formal> inputs;
  std::vector<Formal> outputs;

  // The formal of the i-th actual input or output; nullptr when there are too many.
  const Formal* input(size_t i) const { return formal(inputs, i); }
  const Formal* output(size_t i) const { return formal(outputs, i); }
  const TypeConstraint* constraint(std::string_view type) const;
  const AttributeDef* attribute(std::string_view attribute_name) const;
  std::string full_name() const;  // "Relu", "twingrad::MaxPoolGradient"

 private:
  static const Formal* formal(const std::vector<Formal>& formals, size_t i);
};

inline constexpr std::string_view kInternalDomain = "twingrad";

// nullptr if there is none. "ai.onnx" and "" are one domain.
const OpDef* find_op(std::string_view domain, std::string_view name);
// Every operator, in the order of the tables.
std::span<const OpDef> all_ops();

}  // namespace twingrad
