#include "exporters/staged_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "ir/error.h"

namespace twingrad {
namespace {

namespace fs = std::filesystem;

std::string new_folder(const std::string& parent, const std::string& path) {
  constexpr int kAttempts = 1000;
  int error = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = join_text(parent, "/.twingrad-", getpid(), "-", attempt);
    if (mkdir(name.c_str(), 0777) == 0) return name;
    error = errno;
    if (error != EEXIST) break;
  }
  fail(path, ": cannot be written: ", std::generic_category().message(error));
}

std::vector<fs::path> files_in(const std::string& folder, const std::string& last) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files, {}, [&last](const fs::path& file) {
    return std::pair(file.filename() == last, file.string());
  });
  return files;
}

}  // namespace

void check_place(const std::string& path, bool replace) {
  struct stat existing = {};
  if (lstat(path.c_str(), &existing) != 0) return;
  check(!S_ISDIR(existing.st_mode), path, ": is a directory");
  check(replace, path, ": exists already, --force replaces it");
  const bool is_file = stat(path.c_str(), &existing) != 0 || S_ISREG(existing.st_mode);
  check(is_file, path, ": is not a regular file, it cannot be replaced");
}

StagedFiles::StagedFiles(const std::string& path) {
  const fs::path whole(path);
  check(whole.has_filename(), path, ": is no name of a file");
  target_ = whole.has_parent_path() ? whole.parent_path().string() : ".";
  name_ = whole.filename().string();
  folder_ = new_folder(target_, path);
}

StagedFiles::~StagedFiles() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string StagedFiles::path() const {
  return folder_ + "/" + name_;
}

std::string StagedFiles::in_place(std::string text) const {
  const std::string shown = target_ == "." ? "" : target_ + "/";
  const std::string written = folder_ + "/";
  for (size_t at = text.find(written); at != std::string::npos; at = text.find(written, at)) {
    text.replace(at, written.size(), shown);
  }
  return text;
}

void StagedFiles::commit(bool replace) {
  const std::vector<fs::path> files = files_in(folder_, name_);
  const auto place = [this](const fs::path& file) {
    return (fs::path(target_) / file.filename()).string();
  };
  for (const fs::path& file : files) check_place(place(file), replace);
  for (const fs::path& file : files) {
    std::error_code error;
    fs::rename(file, place(file), error);
    check(!error, place(file), ": cannot be put in place: ", error.message());
  }
}

}  // namespace twingrad
