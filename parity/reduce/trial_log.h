#pragma once

#include <cstddef>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace twingrad {

// What a search has tried, as a file of JSON lines: one that tells what is searched, then one for
// each candidate, written as soon as its answer is known. A search that was killed and asks the
// same questions again gets the answers from the file, and goes on from there.
class TrialLog {
 public:
  // An empty path: nothing is written. With `resume` the answers that the file at `path` has are
  // kept (a last line that was cut off is not one), else the file is begun anew. Throws Error that
  // names the file: it is the log of another search, or no log, or cannot be written.
  TrialLog(std::string path, const std::string& search, bool resume);

  // The answer to `candidate`: the file's if it is the next one there, else what `ask` says. Throws
  // Error where the file has another candidate in its place.
  bool answer(const std::string& candidate, const std::function<bool()>& ask);

  size_t asked() const { return next_; }
  size_t from_file() const { return known_.size() < next_ ? known_.size() : next_; }

 private:
  struct Trial {
    std::string candidate;
    bool fails = false;
  };

  void check_is_log() const;
  void read(const std::string& search);
  void write(const std::string& line);

  std::string path_;
  std::vector<Trial> known_;
  size_t next_ = 0;
  std::ofstream file_;
};

}  // namespace twingrad
