#include "exporters/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "ir/error.h"

namespace twingrad {
namespace {

[[noreturn]] void fail_with_reason(const std::string& path, std::string_view what, int error) {
  fail(path, ": ", what, ": ", std::generic_category().message(error));
}

// Not mkstemp: that one makes files which only their owner may read, whatever the umask says.
int create_new(const std::string& folder, const std::string& path, std::string& name) {
  constexpr int kAttempts = 1000;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    name = join_text(folder, "/.twingrad-", getpid(), "-", attempt);
    const int descriptor = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return descriptor;
    if (errno != EEXIST) break;
  }
  fail_with_reason(path, "cannot be written", errno);
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  struct stat existing = {};
  const bool exists = stat(path_.c_str(), &existing) == 0;
  check(!exists || S_ISREG(existing.st_mode), path_,
        exists && S_ISDIR(existing.st_mode) ? ": is a directory" : ": is not a regular file",
        ", it cannot be replaced");
  const std::filesystem::path whole(path_);
  check(whole.has_filename(), path_, ": is no name of a file");
  folder_ = whole.has_parent_path() ? whole.parent_path().string() : ".";
  descriptor_ = create_new(folder_, path_, temporary_path_);
  // Best effort: who may not keep the old permissions still gets the new content.
  if (exists) (void)!fchmod(descriptor_, existing.st_mode & 0777);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  constexpr size_t kLargestWrite = size_t{1} << 30;  // Linux writes less than 2 GiB at once
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kLargestWrite));
    if (count < 0 && errno == EINTR) continue;
    // The bytes are a mapped file's that has fewer by now.
    check(count >= 0 || errno != EFAULT, path_,
          ": cannot be written: the file that it is made of became shorter");
    if (count < 0) fail_with_reason(path_, "cannot be written", errno);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void AtomicFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text.data(), text.size())));
}

void AtomicFile::commit() {
  if (fsync(descriptor_) != 0) fail_with_reason(path_, "cannot be brought to the disk", errno);
  if (close(std::exchange(descriptor_, -1)) != 0) {
    fail_with_reason(path_, "cannot be closed", errno);
  }
  if (rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    fail_with_reason(path_, "cannot be put in place", errno);
  }
  temporary_path_.clear();
  const int folder = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;  // a folder that may be written but not read: the rename has been done
  const bool synced = fsync(folder) == 0 || errno == EINVAL;  // EINVAL: no such thing there
  const int error = errno;
  close(folder);
  if (!synced) fail_with_reason(path_, "its folder cannot be brought to the disk", error);
}

void write_file(const std::string& path, std::span<const std::byte> content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

void write_file(const std::string& path, std::string_view content) {
  write_file(path, std::as_bytes(std::span(content.data(), content.size())));
}

}  // namespace twingrad
