#include "parity/tolerance_file.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "importers/input_file.h"
#include "importers/json_text.h"

namespace twingrad {
namespace {

constexpr uint64_t kLargestFile = uint64_t{64} << 20;
constexpr std::string_view kFormat = "twingrad-tolerances";

auto key_of(const ToleranceEntry& entry) {
  return std::tie(entry.item, entry.kind, entry.name);
}

// Two digits, and not below the value.
std::string two_digits_up(double value) {
  if (value <= 0) return "0";
  const double unit = std::pow(10, std::floor(std::log10(value)) - 1);
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", std::ceil(value / unit * (1 - 1e-12)) * unit);
  return text;
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string line_of(const ToleranceEntry& entry) {
  const TensorTolerance& tolerance = entry.tolerance;
  std::string line = "{\"case\": " + quoted(entry.item) + ", \"kind\": " + quoted(entry.kind) +
                     ", \"name\": " + quoted(entry.name) +
                     ", \"rtol\": " + two_digits_up(tolerance.rtol);
  if (tolerance.atol > 0) line += ", \"atol\": " + two_digits_up(tolerance.atol);
  return line + ", \"noise\": " + two_digits_up(tolerance.noise) +
         ", \"how\": " + quoted(tolerance.how) + "}";
}

double bound(const JsonView& value) {
  if (value.number() < 0) value.refuse("expected a number that is not negative");
  return value.number();
}

ToleranceEntry read_entry(const JsonView& object) {
  object.refuse_keys_other_than({"case", "kind", "name", "rtol", "atol", "noise", "how"});
  ToleranceEntry entry;
  entry.item = object.at("case").string();
  entry.kind = object.at("kind").string();
  entry.name = object.at("name").string();
  entry.tolerance.rtol = bound(object.at("rtol"));
  if (const auto atol = object.find("atol")) entry.tolerance.atol = bound(*atol);
  if (const auto noise = object.find("noise")) entry.tolerance.noise = bound(*noise);
  entry.tolerance.how = object.at("how").string();
  return entry;
}

std::vector<ToleranceEntry> read_entries(const JsonView& root) {
  root.refuse_keys_other_than({"format", "version", "tolerances"});
  const JsonView format = root.at("format");
  if (format.string() != kFormat) format.refuse("expected '", kFormat, "'");
  (void)root.at("version").integer(1, 1);
  std::vector<ToleranceEntry> entries;
  std::set<std::tuple<std::string, std::string, std::string>> known;
  for (const JsonView& object : root.at("tolerances").items()) {
    entries.push_back(read_entry(object));
    if (!known.insert(key_of(entries.back())).second) {
      object.refuse("the ", entries.back().kind, " ", quoted_name(entries.back().name), " of ",
                    quoted_name(entries.back().item), " has two lines");
    }
  }
  return entries;
}

}  // namespace

bool is_same_case(std::string_view entry, std::string_view item) {
  const std::string_view shorter = entry.size() < item.size() ? entry : item;
  const std::string_view longer = entry.size() < item.size() ? item : entry;
  if (!longer.ends_with(shorter)) return false;
  return shorter.size() == longer.size() || longer[longer.size() - shorter.size() - 1] == '/';
}

std::string tolerance_file_text(std::vector<ToleranceEntry> entries) {
  std::ranges::sort(entries, {}, key_of);
  std::string text = "{\"format\": \"" + std::string(kFormat) + "\", \"version\": 1, ";
  text += "\"tolerances\": [";
  for (size_t i = 0; i < entries.size(); ++i) {
    text += (i == 0 ? "\n" : ",\n") + line_of(entries[i]);
  }
  return text + "\n]}\n";
}

std::vector<ToleranceEntry> read_tolerance_file(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(path, kLargestFile);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  try {
    return read_entries(JsonDocument::parse(text, kLargestFile).root());
  } catch (const Error& error) {
    throw error.at(path);
  }
}

}  // namespace twingrad
