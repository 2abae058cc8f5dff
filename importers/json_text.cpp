#include "importers/json_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "importers/json_tape.h"

namespace twingrad {
namespace {

std::string written(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end.ptr};
}

std::string described(const JsonTape& tape, uint32_t index) {
  const JsonNode& node = tape.nodes[index];
  switch (node.kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kFalse:
      return "false";
    case JsonKind::kTrue:
      return "true";
    case JsonKind::kInteger:
      return std::to_string(static_cast<int64_t>(node.bits));
    case JsonKind::kUnsignedInteger:
      return std::to_string(node.bits);
    case JsonKind::kDouble:
      return written(std::bit_cast<double>(node.bits));
    case JsonKind::kString:
      return "the string " + quoted_name(tape.text(index));
    case JsonKind::kArray:
      return "an array";
    case JsonKind::kObject:
      return "an object";
  }
  return "nothing";
}

}  // namespace

void JsonView::refuse_kind(std::string_view expected) const {
  refuse("expected ", expected, ", found ", described(*tape_, index_));
}

bool JsonView::is_null() const {
  return tape_->nodes[index_].kind == JsonKind::kNull;
}
bool JsonView::is_boolean() const {
  const JsonKind kind = tape_->nodes[index_].kind;
  return kind == JsonKind::kFalse || kind == JsonKind::kTrue;
}
bool JsonView::is_integer() const {
  const JsonKind kind = tape_->nodes[index_].kind;
  return kind == JsonKind::kInteger || kind == JsonKind::kUnsignedInteger;
}
bool JsonView::is_number() const {
  return is_integer() || tape_->nodes[index_].kind == JsonKind::kDouble;
}
bool JsonView::is_string() const {
  return tape_->nodes[index_].kind == JsonKind::kString;
}
bool JsonView::is_array() const {
  return tape_->nodes[index_].kind == JsonKind::kArray;
}
bool JsonView::is_object() const {
  return tape_->nodes[index_].kind == JsonKind::kObject;
}

bool JsonView::boolean() const {
  if (!is_boolean()) refuse_kind("true or false");
  return tape_->nodes[index_].kind == JsonKind::kTrue;
}

int64_t JsonView::integer() const {
  const JsonNode& node = tape_->nodes[index_];
  if (node.kind == JsonKind::kUnsignedInteger) refuse_kind("an integer below 2^63");
  if (node.kind != JsonKind::kInteger) refuse_kind("an integer");
  return static_cast<int64_t>(node.bits);
}

int64_t JsonView::integer(int64_t lowest, int64_t highest) const {
  const int64_t value = integer();
  if (value < lowest || value > highest) {
    refuse_kind(join_text("an integer from ", lowest, " to ", highest));
  }
  return value;
}

uint64_t JsonView::unsigned_integer() const {
  const JsonNode& node = tape_->nodes[index_];
  if (node.kind != JsonKind::kUnsignedInteger && integer() < 0) {
    refuse_kind("an integer that is not negative");
  }
  return node.bits;
}

double JsonView::number() const {
  const JsonNode& node = tape_->nodes[index_];
  switch (node.kind) {
    case JsonKind::kInteger:
      return static_cast<double>(static_cast<int64_t>(node.bits));
    case JsonKind::kUnsignedInteger:
      return static_cast<double>(node.bits);
    case JsonKind::kDouble:
      return std::bit_cast<double>(node.bits);
    default:
      refuse_kind("a number");
  }
}

std::string_view JsonView::string() const {
  if (!is_string()) refuse_kind("a string");
  return tape_->text(index_);
}

size_t JsonView::size() const {
  if (is_object()) return members().size();
  if (!is_array()) refuse_kind("an array or an object");
  return items().size();
}

std::vector<JsonView> JsonView::items() const {
  if (!is_array()) refuse_kind("an array");
  std::vector<JsonView> items;
  const uint32_t end = tape_->after(index_);
  for (uint32_t i = index_ + 1; i < end; i = tape_->after(i)) items.push_back({tape_, i});
  return items;
}

std::vector<int64_t> JsonView::integers() const {
  std::vector<int64_t> values;
  for (const JsonView& item : items()) values.push_back(item.integer());
  return values;
}

std::vector<double> JsonView::numbers() const {
  std::vector<double> values;
  for (const JsonView& item : items()) values.push_back(item.number());
  return values;
}

std::vector<std::string> JsonView::strings() const {
  std::vector<std::string> values;
  for (const JsonView& item : items()) values.emplace_back(item.string());
  return values;
}

std::vector<std::pair<std::string_view, JsonView>> JsonView::members() const {
  if (!is_object()) refuse_kind("an object");
  std::vector<std::pair<std::string_view, JsonView>> members;
  const uint32_t end = tape_->after(index_);
  for (uint32_t key = index_ + 1; key < end; key = tape_->after(key + 1)) {
    members.emplace_back(tape_->text(key), JsonView(tape_, key + 1));
  }
  return members;
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
  if (!is_object()) refuse_kind("an object");
  const uint32_t end = tape_->after(index_);
  for (uint32_t i = index_ + 1; i < end; i = tape_->after(i + 1)) {
    if (tape_->text(i) == key) return JsonView(tape_, i + 1);
  }
  return std::nullopt;
}

JsonView JsonView::at(std::string_view key) const {
  const auto value = find(key);
  if (!value) refuse("the key ", quoted_name(key), " is missing");
  return *value;
}

void JsonView::refuse_keys_other_than(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : members()) {
    if (std::ranges::find(known, key) == known.end()) refuse("unknown key ", quoted_name(key));
  }
}

std::string JsonView::path() const {
  return tape_->path(index_);
}

JsonDocument::JsonDocument(std::unique_ptr<const JsonTape> tape) : tape_(std::move(tape)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonDocument JsonDocument::parse(std::string_view text, uint64_t size_limit) {
  return JsonDocument(std::make_unique<const JsonTape>(read_json(text, size_limit)));
}

}  // namespace twingrad
