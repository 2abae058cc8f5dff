#include "exporters/json/json_layout.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr size_t kLineWidth = 100;

}  // namespace

std::string json_string(std::string_view text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    fail("the text ", quoted_name(text), " is not UTF-8 and cannot be written as JSON");
  }
}

JsonValue JsonValue::literal(std::string text) {
  JsonValue value;
  value.text_ = std::move(text);
  return value;
}

JsonValue JsonValue::integer(int64_t value) {
  return literal(std::to_string(value));
}

JsonValue JsonValue::string(std::string_view text) {
  return literal(json_string(text));
}

JsonValue JsonValue::array(std::vector<JsonValue> items) {
  JsonValue value;
  value.kind_ = Kind::kArray;
  value.items_ = std::move(items);
  return value;
}

JsonValue JsonValue::object() {
  JsonValue value;
  value.kind_ = Kind::kObject;
  return value;
}

void JsonValue::add(std::string_view key, JsonValue value) {
  keys_.push_back(json_string(key));
  items_.push_back(std::move(value));
}

size_t JsonValue::width() const {
  if (kind_ == Kind::kScalar) return text_.size();
  size_t width = 2;
  for (size_t i = 0; i < items_.size() && width <= kLineWidth; ++i) {
    width += items_[i].width() + (i == 0 ? 0 : 2);
    if (kind_ == Kind::kObject) width += keys_[i].size() + 2;
  }
  return width;
}

bool JsonValue::is_list_of_scalars() const {
  return kind_ == Kind::kArray && std::ranges::all_of(items_, [](const JsonValue& item) {
           return item.kind_ == Kind::kScalar;
         });
}

int JsonValue::depth() const {
  int deepest = 0;
  for (const JsonValue& item : items_) deepest = std::max(deepest, item.depth());
  return kind_ == Kind::kScalar ? 0 : deepest + 1;
}

void JsonValue::write_on_one_line(std::string& out) const {
  if (kind_ == Kind::kScalar) {
    out += text_;
    return;
  }
  out += kind_ == Kind::kArray ? '[' : '{';
  for (size_t i = 0; i < items_.size(); ++i) {
    if (i > 0) out += ", ";
    if (kind_ == Kind::kObject) out.append(keys_[i]).append(": ");
    items_[i].write_on_one_line(out);
  }
  out += kind_ == Kind::kArray ? ']' : '}';
}

void JsonValue::write_filled(std::string& out, size_t indent) const {
  out += '[';
  size_t column = kLineWidth;
  for (size_t i = 0; i < items_.size(); ++i) {
    const std::string& text = items_[i].text_;
    if (column + text.size() + 2 > kLineWidth) {
      out += '\n';
      out.append(indent + 2, ' ');
      column = indent + 2;
    } else {
      out += ' ';
      ++column;
    }
    out += text;
    if (i + 1 < items_.size()) out += ',';
    column += text.size() + 1;
  }
  out += '\n';
  out.append(indent, ' ');
  out += ']';
}

void JsonValue::write(std::string& out, size_t indent, size_t column) const {
  // One column is left for the comma behind the value.
  if (items_.empty() || (column > 0 && column + width() < kLineWidth)) {
    write_on_one_line(out);
    return;
  }
  if (is_list_of_scalars()) {
    write_filled(out, indent);
    return;
  }
  out += kind_ == Kind::kArray ? '[' : '{';
  for (size_t i = 0; i < items_.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out.append(indent + 2, ' ');
    size_t start = indent + 2;
    if (kind_ == Kind::kObject) {
      out.append(keys_[i]).append(": ");
      start += keys_[i].size() + 2;
    }
    items_[i].write(out, indent + 2, start);
  }
  out += '\n';
  out.append(indent, ' ');
  out += kind_ == Kind::kArray ? ']' : '}';
}

std::string JsonValue::layout() const {
  std::string out;
  write(out, 0, 0);
  return out + '\n';
}

}  // namespace twingrad
