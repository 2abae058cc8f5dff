#include "importers/pt2/rows.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "importers/pt2/ops/families.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Table = std::map<std::string, AtenOperator, std::less<>>;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

TorchNumber number_of(std::string_view text) {
  if (text == "True" || text == "False") return TorchNumber::of(text == "True");
  int64_t integer = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (problem == std::errc() && end == text.data() + text.size()) return TorchNumber::of(integer);
  return TorchNumber::of(std::stod(std::string(text)));
}

// A default as rows write it: None, True, 1, 0.5, [], [0], [0;1], 'text'.
TorchArgument default_of(std::string_view text) {
  if (text == "None") return std::monostate();
  if (text == "[]") return std::vector<TorchNumber>();
  if (text.starts_with('\'')) return std::string(text.substr(1, text.size() - 2));
  if (text.starts_with('[')) {
    std::vector<TorchNumber> list;
    for (std::string_view rest = text.substr(1, text.size() - 2); !rest.empty();) {
      const size_t end = std::min(rest.find(';'), rest.size());
      list.push_back(number_of(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return list;
  }
  return number_of(text);
}

std::vector<AtenParameter> parameters_of(std::string_view text) {
  std::vector<AtenParameter> parameters;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view one = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (one == "*") continue;
    const size_t equals = one.find('=');
    AtenParameter parameter{std::string(one.substr(0, equals)), std::nullopt};
    if (equals != std::string_view::npos) parameter.fallback = default_of(one.substr(equals + 1));
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

Table make_table() {
  Table table;
  for (const auto family : aten::aten_families()) {
    for (const AtenRow& row : family()) {
      const bool anything = row.parameters == "...";
      const auto parameters =
          anything ? std::vector<AtenParameter>() : parameters_of(row.parameters);
      std::string_view targets = row.targets;
      while (!targets.empty()) {
        const size_t space = std::min(targets.find(' '), targets.size());
        std::string target(targets.substr(0, space));
        targets.remove_prefix(std::min(space + 1, targets.size()));
        table.insert_or_assign(target, AtenOperator{target, parameters, anything, row.emit});
      }
    }
  }
  return table;
}

const Table& aten_table() {
  static const Table table = make_table();
  return table;
}

}  // namespace

bool is_in_place(std::string_view target) {
  const size_t dot = target.rfind('.');
  if (!target.starts_with("aten.") || dot == std::string_view::npos || dot < 2) return false;
  return target[dot - 1] == '_' && target[dot - 2] != '_';
}

const AtenOperator* find_aten_operator(std::string_view target) {
  const Table& table = aten_table();
  if (const auto found = table.find(target); found != table.end()) return &found->second;
  if (!is_in_place(target)) return nullptr;
  std::string plain(target);
  plain.erase(plain.rfind('.') - 1, 1);
  const auto found = table.find(plain);
  return found == table.end() ? nullptr : &found->second;
}

std::vector<const AtenOperator*> all_aten_operators() {
  std::vector<const AtenOperator*> all;
  for (const auto& [target, row] : aten_table()) all.push_back(&row);
  return all;
}

}  // namespace twingrad
