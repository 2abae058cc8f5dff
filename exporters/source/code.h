#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// How tightly a Python expression holds together, loosest first. kTuple: one expression that has
// all the results of a node.
enum class Binding : uint8_t { kTuple, kLoose, kComparison, kSum, kProduct, kSign, kPower, kAtom };

// A Python expression in which values and members of the model stand as references: their names are
// chosen when all lines are known.
struct Code {
  std::string text;
  Binding binding = Binding::kAtom;
};
using Codes = std::vector<Code>;

Code value_reference(ValueId id);
Code member_reference(size_t index);

// One piece of a text with references.
struct CodePiece {
  enum class Kind : uint8_t { kText, kValue, kMember };
  Kind kind = Kind::kText;
  std::string_view text = {};  // of kText
  size_t index = 0;            // of a value or member
};
std::vector<CodePiece> pieces_of(std::string_view code);
// The text with every reference replaced by what `name` says.
std::string named_code(std::string_view code,
                       const std::function<std::string(const CodePiece&)>& name);

// The text, in parentheses where it holds less tightly than `place` asks for.
std::string in_place(const Code& code, Binding place);
// "function(a, b)"
Code call(std::string_view function, std::span<const Code> arguments);
Code call(std::string_view function, std::initializer_list<Code> arguments);
// "a.method(b, c)"
Code method(const Code& object, std::string_view name, std::initializer_list<Code> arguments);
// "axis=1"; for argument lists only.
Code keyword(std::string_view name, const Code& value);
// "a + b"; the operator's binding is that of the whole.
Code infix(const Code& left, std::string_view symbol, const Code& right);
Code negated(const Code& value);
Code tuple_result(Code code);
// "a[index]"
Code item(const Code& object, std::string_view index);

// "1, 2, 3"
std::string joined(std::span<const Code> items);
// "[1, 2]"; "(1, 2)" and "(1,)"
Code list_of(std::span<const Code> items);
Code tuple_of(std::span<const Code> items);

}  // namespace twingrad
