#pragma once

#include <string>

namespace twingrad {

// Files that appear together, after they were looked at: they are written to a new folder beside
// their places, and moved there by `commit`. Without a commit, also after an error, nothing
// remains; a process that is killed leaves the folder (".twingrad-...") and nothing under the
// names.
class StagedFiles {
 public:
  // `path` is that of the main file. Throws Error where no folder can be made beside it.
  explicit StagedFiles(const std::string& path);
  ~StagedFiles();
  StagedFiles(const StagedFiles&) = delete;
  StagedFiles& operator=(const StagedFiles&) = delete;

  // Where to write the main file. Its companions are written beside it.
  std::string path() const;
  // A message with the names that the files will have.
  std::string in_place(std::string text) const;

  // Moves all that was written, the main file last. Throws Error where something else than a file
  // has one of the names, or, without `replace`, anything; then nothing was moved.
  void commit(bool replace);

 private:
  std::string target_;  // folder
  std::string name_;    // of the main file
  std::string folder_;
};

// Throws Error where StagedFiles::commit would because of what stands at `path`, to say so before
// the work is done.
void check_place(const std::string& path, bool replace);

}  // namespace twingrad
