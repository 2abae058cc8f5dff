#include "importers/confined_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <vector>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int kOpenFile = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
constexpr int kOpenFolder = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string reason(int error) {
  switch (error) {
    case EXDEV:
      return "leaves the folder";
    case ELOOP:
      return "is or passes a symbolic link";
    default:
      return "cannot be opened: " + std::generic_category().message(error);
  }
}

InputFile checked(FileDescriptor descriptor) {
  check(descriptor.valid(), reason(errno));
  InputFile file(std::move(descriptor));
  check(file.link_count() == 1, "has ", file.link_count(), " hard links, expected 1");
  return file;
}

// nullopt where the kernel does not offer the call.
std::optional<FileDescriptor> open_beneath(int folder, const std::string& relative) {
  open_how how = {};
  how.flags = kOpenFile;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  constexpr int kAttempts = 100;
  long number = -1;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    number = syscall(SYS_openat2, folder, relative.c_str(), &how, sizeof(how));
    // EAGAIN: something was renamed while a ".." was being resolved, or another process has a lease
    // on the file, which may last.
    if (number >= 0 || (errno != EINTR && errno != EAGAIN)) break;
  }
  if (number < 0 && (errno == ENOSYS || errno == EPERM)) return std::nullopt;
  return FileDescriptor(static_cast<int>(number));
}

std::vector<std::string> components(std::string_view relative) {
  std::vector<std::string> parts;
  while (true) {
    const size_t slash = relative.find('/');
    parts.emplace_back(relative.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    relative.remove_prefix(slash + 1);
  }
}

void check_text(std::string_view relative) {
  check(!relative.empty(), "is an empty path");
  check(relative.find('\0') == std::string_view::npos, "holds a NUL");
}

}  // namespace

Folder::Folder(const std::string& path)
    : path_(path), descriptor_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  check(descriptor_.valid(), path,
        ": cannot be opened as a folder: ", std::generic_category().message(errno));
}

InputFile Folder::open(std::string_view relative) const {
  try {
    check_text(relative);
    auto descriptor = open_beneath(descriptor_.number(), std::string(relative));
    if (descriptor) return checked(std::move(*descriptor));
  } catch (const Error& error) {
    throw error.at(quoted_name(relative));
  }
  return open_by_components(relative);
}

InputFile Folder::open_by_components(std::string_view relative) const {
  try {
    check_text(relative);
    check(relative.front() != '/', reason(EXDEV));
    std::vector<std::string> parts = components(relative);
    const std::string file = std::move(parts.back());
    parts.pop_back();
    check(!file.empty() && file != "." && file != "..", "is a directory, expected a file");
    std::vector<FileDescriptor> entered;  // ".." goes back to where we came from, never further
    for (const std::string& part : parts) {
      if (part.empty() || part == ".") continue;
      if (part == "..") {
        check(!entered.empty(), reason(EXDEV));
        entered.pop_back();
        continue;
      }
      const int above = entered.empty() ? descriptor_.number() : entered.back().number();
      entered.emplace_back(openat(above, part.c_str(), kOpenFolder));
      check(entered.back().valid(), reason(errno));
    }
    const int above = entered.empty() ? descriptor_.number() : entered.back().number();
    return checked(FileDescriptor(openat(above, file.c_str(), kOpenFile)));
  } catch (const Error& error) {
    throw error.at(quoted_name(relative));
  }
}

}  // namespace twingrad
