#include "parity/reduce/trial_log.h"

#include <nlohmann/json.hpp>

#include "exporters/atomic_file.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "twingrad-reduce-log";

std::string first_line(const std::string& search) {
  return Json{{"format", kFormat}, {"version", 1}, {"search", search}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

std::string line_of(const std::string& candidate, bool fails) {
  return Json{{"candidate", candidate}, {"fails", fails}}.dump(-1, ' ', false,
                                                               Json::error_handler_t::replace);
}

}  // namespace

TrialLog::TrialLog(std::string path, const std::string& search, bool resume)
    : path_(std::move(path)) {
  if (path_.empty()) return;
  check_is_log();
  if (resume) read(search);
  std::string text = first_line(search) + "\n";
  for (const Trial& trial : known_) text += line_of(trial.candidate, trial.fails) + "\n";
  write_file(path_, text);
  file_.open(path_, std::ios::app | std::ios::binary);
  check(file_.good(), quoted_name(path_), ": cannot be written");
}

void TrialLog::check_is_log() const {
  std::ifstream file(path_, std::ios::binary);
  std::string line;
  const bool foreign = file && std::getline(file, line) && line.find(kFormat) == std::string::npos;
  check(!foreign, quoted_name(path_), ": is no log of a reduction, and is not overwritten");
}

void TrialLog::read(const std::string& search) {
  std::ifstream file(path_, std::ios::binary);
  if (!file) return;  // killed before anything was asked
  std::string line;
  const bool ours = static_cast<bool>(std::getline(file, line)) && line == first_line(search);
  check(ours, quoted_name(path_), ": is the log of another reduction");
  while (std::getline(file, line) && !file.eof()) {
    const Json json = Json::parse(line, nullptr, false);
    const bool valid = json.is_object() && json.contains("candidate") &&
                       json["candidate"].is_string() && json.contains("fails") &&
                       json["fails"].is_boolean();
    check(valid, quoted_name(path_), ": line ", known_.size() + 2, " is no line of a log");
    known_.push_back({json["candidate"], json["fails"]});
  }
}

bool TrialLog::answer(const std::string& candidate, const std::function<bool()>& ask) {
  if (next_ < known_.size()) {
    const Trial& trial = known_[next_++];
    check(trial.candidate == candidate, quoted_name(path_), ": line ", next_ + 1, " tried ",
          quoted_name(trial.candidate), ", now it is ", quoted_name(candidate),
          ": something has changed since");
    return trial.fails;
  }
  const bool fails = ask();
  ++next_;
  if (file_.is_open()) write(line_of(candidate, fails));
  return fails;
}

void TrialLog::write(const std::string& line) {
  file_ << line << '\n' << std::flush;
  check(file_.good(), quoted_name(path_), ": cannot be written");
}

}  // namespace twingrad
