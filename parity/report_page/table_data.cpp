#include "parity/report_page/table_data.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "parity/report_wording.h"

namespace twingrad {
namespace {

using PageJson = nlohmann::json;

// Strings in the order of their first use.
class Names {
 public:
  size_t number_of(const std::string& name) {
    const auto [at, added] = numbers_.emplace(name, list_.size());
    if (added) list_.push_back(name);
    return at->second;
  }
  PageJson list() const { return list_; }

 private:
  std::map<std::string, size_t> numbers_;
  PageJson list_ = PageJson::array();
};

// With as many digits as are shown; what JSON has no number for as a string.
PageJson figure(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.*g", digits, value);
  return std::strtod(text.data(), nullptr);
}

std::string index_text(const TensorVerdict& tensor) {
  std::string text = "[";
  for (size_t i = 0; i < tensor.index.size(); ++i) {
    text += (i > 0 ? "," : "") + std::to_string(tensor.index[i]);
  }
  return text + "]";
}

PageJson row_of(const TensorVerdict& tensor) {
  const bool compared = !tensor.unmatched &&
                        (tensor.magnitude > 0 || tensor.all_zero || !worst_element(tensor).empty());
  const auto if_compared = [compared](double value, int digits) {
    return compared ? figure(value, digits) : PageJson();
  };
  return {tensor.name,
          static_cast<int>(tensor.verdict),
          if_compared(tensor.needed_rtol, 4),
          if_compared(tensor.max_abs, 4),
          if_compared(tensor.magnitude, 4),
          if_compared(tensor.left, 9),
          if_compared(tensor.right, 9),
          tensor.ulp,
          index_text(tensor)};
}

// Only strings hold "<", and there an escape is the same character: "</script>" ends nothing.
std::string for_script_element(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

std::string table_data(const CheckReport& report) {
  Names legs;
  Names kinds;
  Names reasons;
  PageJson cases = PageJson::array();
  PageJson rows = PageJson::array();
  for (const CaseReport& item : report.cases) {
    for (const LegReport& leg : item.legs) {
      const size_t leg_number = legs.number_of(leg.leg + ": " + leg.left + " against " + leg.right);
      for (const TensorVerdict& tensor : leg.tensors) {
        PageJson row = {cases.size(), leg_number, kinds.number_of(tensor.kind)};
        for (PageJson& entry : row_of(tensor)) row.push_back(std::move(entry));
        row.push_back(reasons.number_of(tensor.reason));
        row.push_back(reasons.number_of(tensor.classification));
        rows.push_back(std::move(row));
      }
    }
    cases.push_back(case_name(item));
  }
  const PageJson data = {{"cases", cases},
                         {"legs", legs.list()},
                         {"kinds", kinds.list()},
                         {"reasons", reasons.list()},
                         {"rows", rows}};
  return for_script_element(data.dump(-1, ' ', false, PageJson::error_handler_t::replace));
}

}  // namespace twingrad
