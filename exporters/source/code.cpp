#include "exporters/source/code.h"

#include <algorithm>
#include <charconv>

namespace twingrad {
namespace {

// Neither occurs in Python text that is made from names and literals.
constexpr char kOpen = '\x01';
constexpr char kClose = '\x02';

std::string reference(char kind, size_t index) {
  return std::string{kOpen, kind} + std::to_string(index) + kClose;
}

Binding binding_of(std::string_view symbol) {
  if (symbol == "+" || symbol == "-") return Binding::kSum;
  if (symbol == "*" || symbol == "/" || symbol == "@" || symbol == "//" || symbol == "%") {
    return Binding::kProduct;
  }
  return Binding::kComparison;
}

Binding tighter(Binding binding) {
  return static_cast<Binding>(static_cast<int>(binding) + 1);
}

}  // namespace

Code value_reference(ValueId id) {
  return {reference('v', static_cast<size_t>(id))};
}

Code member_reference(size_t index) {
  return {reference('m', index)};
}

std::vector<CodePiece> pieces_of(std::string_view code) {
  std::vector<CodePiece> pieces;
  while (!code.empty()) {
    const size_t open = std::min(code.find(kOpen), code.size());
    if (open > 0) pieces.push_back({CodePiece::Kind::kText, code.substr(0, open)});
    code.remove_prefix(open);
    if (code.empty()) break;
    const size_t close = code.find(kClose);
    CodePiece piece{code[1] == 'v' ? CodePiece::Kind::kValue : CodePiece::Kind::kMember};
    std::from_chars(code.data() + 2, code.data() + close, piece.index);
    pieces.push_back(piece);
    code.remove_prefix(close + 1);
  }
  return pieces;
}

std::string named_code(std::string_view code,
                       const std::function<std::string(const CodePiece&)>& name) {
  std::string text;
  for (const CodePiece& piece : pieces_of(code)) {
    text += piece.kind == CodePiece::Kind::kText ? std::string(piece.text) : name(piece);
  }
  return text;
}

std::string in_place(const Code& code, Binding place) {
  return code.binding < place ? "(" + code.text + ")" : code.text;
}

std::string joined(std::span<const Code> items) {
  std::string text;
  for (const Code& item : items) text += (text.empty() ? "" : ", ") + item.text;
  return text;
}

Code call(std::string_view function, std::span<const Code> arguments) {
  return {std::string(function) + "(" + joined(arguments) + ")"};
}

Code call(std::string_view function, std::initializer_list<Code> arguments) {
  return call(function, std::span<const Code>(arguments.begin(), arguments.size()));
}

Code method(const Code& object, std::string_view name, std::initializer_list<Code> arguments) {
  return call(in_place(object, Binding::kAtom) + "." + std::string(name), arguments);
}

Code keyword(std::string_view name, const Code& value) {
  return {std::string(name) + "=" + value.text};
}

Code infix(const Code& left, std::string_view symbol, const Code& right) {
  const Binding whole = binding_of(symbol);
  // Comparisons chain in Python, so neither side may be one.
  const Binding left_place = whole == Binding::kComparison ? tighter(whole) : whole;
  return {in_place(left, left_place) + " " + std::string(symbol) + " " +
              in_place(right, tighter(whole)),
          whole};
}

Code negated(const Code& value) {
  return {"-" + in_place(value, Binding::kPower), Binding::kSign};
}

Code tuple_result(Code code) {
  code.binding = Binding::kTuple;
  return code;
}

Code item(const Code& object, std::string_view index) {
  return {in_place(object, Binding::kAtom) + "[" + std::string(index) + "]"};
}

Code list_of(std::span<const Code> items) {
  return {"[" + joined(items) + "]"};
}

Code tuple_of(std::span<const Code> items) {
  return {"(" + joined(items) + (items.size() == 1 ? ",)" : ")")};
}

}  // namespace twingrad
