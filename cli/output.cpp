#include "cli/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporters/atomic_file.h"
#include "ir/error.h"

namespace twingrad {

size_t terminal_columns() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 100;
  return size.ws_col > 0 ? size.ws_col : 100;
}

bool terminal_colour() {
  const char* term = std::getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr && term != nullptr &&
         std::string_view(term) != "dumb";
}

int complain(const CaseReport& report) {
  CheckReport all;
  all.cases.push_back(report);
  std::cerr << report_text(all, terminal_columns(), false, false);
  return all.exit_code();
}

void write_text(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::cout << text << std::flush;
  } else {
    write_file(path, text);
  }
}

std::string printable(const std::string& name) {
  const std::string text = quoted_name(name);
  return text.substr(1, text.size() - 2);
}

std::string file_name_for(const std::string& name) {
  std::string result = name;
  for (char& c : result) {
    if (c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '_';
  }
  return result.empty() || result[0] == '.' ? "_" + result : result;
}

std::string preview(const Tensor& tensor) {
  constexpr int64_t kShown = 8;
  std::ostringstream text;
  text.precision(9);
  text << "[";
  for (int64_t i = 0; i < std::min(kShown, tensor.element_count()); ++i) {
    text << (i > 0 ? ", " : "");
    if (tensor.type() == DataType::kString) {
      text << quoted_name(tensor.strings()[static_cast<size_t>(i)]);
    } else {
      text << element_as_double(tensor, i);
    }
  }
  if (tensor.element_count() > kShown)
    text << ", ... " << tensor.element_count() - kShown << " more";
  text << "]";
  return text.str();
}

namespace {

using Json = nlohmann::ordered_json;

Json tensor_json(const Tensor& tensor) {
  Json values = Json::array();
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    if (tensor.type() == DataType::kString) {
      values.push_back(tensor.strings()[static_cast<size_t>(i)]);
      continue;
    }
    const double value = element_as_double(tensor, i);
    if (is_integer(tensor.type()) && tensor.type() != DataType::kUint64) {
      values.push_back(static_cast<int64_t>(value));
    } else if (tensor.type() == DataType::kBool) {
      values.push_back(value != 0);
    } else if (std::isfinite(value)) {
      values.push_back(value);
    } else {
      values.push_back(std::isnan(value) ? "NaN" : (value > 0 ? "Infinity" : "-Infinity"));
    }
  }
  return {{"type", data_type_name(tensor.type())},
          {"shape", tensor.shape().extents()},
          {"values", std::move(values)}};
}

Json datum_json(const Datum& datum);

Json items_json(const Sequence& items) {
  Json list = Json::array();
  for (const Datum& item : items) list.push_back(datum_json(item));
  return list;
}

Json datum_json(const Datum& datum) {
  if (datum.is_tensor()) return tensor_json(datum.tensor());
  if (datum.is_sequence()) return {{"sequence", items_json(datum.sequence())}};
  if (datum.is_map()) {
    return {{"keys", tensor_json(datum.map().keys)}, {"values", items_json(*datum.map().values)}};
  }
  return nullptr;
}

}  // namespace

std::string data_json(const NamedData& data) {
  Json json = Json::object();
  for (const auto& [name, datum] : data) json[name] = datum_json(datum);
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace twingrad
