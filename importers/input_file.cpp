#include "importers/input_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "ir/error.h"

namespace twingrad {

namespace {

// Null where the system does not want to. Writes go to pages of this process's own, for which no
// memory is set aside: hardly any is ever written to.
std::shared_ptr<void> map_whole(int descriptor, uint64_t size) {
  void* memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
  if (memory == MAP_FAILED) return nullptr;
  return {memory, [size](void* mapped) { munmap(mapped, size); }};
}

}  // namespace

InputFile::InputFile(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {
  struct stat status = {};
  check(fstat(descriptor_.number(), &status) == 0,
        "cannot be examined: ", std::generic_category().message(errno));
  check(!S_ISDIR(status.st_mode), "is a directory, expected a file");
  check(S_ISREG(status.st_mode), "is not a regular file");
  size_ = static_cast<uint64_t>(status.st_size);
  link_count_ = status.st_nlink;
  device_ = status.st_dev;
  number_ = status.st_ino;
}

void InputFile::read_inside(uint64_t offset, std::span<std::byte> into) const {
  constexpr size_t kLargestRead = size_t{1} << 30;  // Linux reads less than 2 GiB at once
  while (!into.empty()) {
    const ssize_t count = pread(descriptor_.number(), into.data(),
                                std::min(into.size(), kLargestRead), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    check(count >= 0, "cannot be read at byte ", offset, ": ",
          std::generic_category().message(errno));
    check(count > 0, "became shorter while it was read: no byte ", offset, " of ", size_);
    into = into.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
}

std::shared_ptr<void> InputFile::mapped_inside(uint64_t offset, uint64_t length) const {
  if (length < kLeastMapped) return nullptr;
  if (!mapping_) mapping_ = map_whole(descriptor_.number(), size_);
  if (!mapping_) return nullptr;
  return {mapping_, static_cast<std::byte*>(mapping_.get()) + offset};
}

InputFile open_file(const std::string& path) {
  FileDescriptor descriptor(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  check(descriptor.valid(), "cannot be opened: ", std::generic_category().message(errno));
  return InputFile(std::move(descriptor));
}

std::vector<std::byte> read_file(const std::string& path, uint64_t size_limit) {
  try {
    const InputFile file = open_file(path);
    check(file.size() <= size_limit, "has ", file.size(), " bytes, more than the limit of ",
          size_limit);
    return file.read(0, file.size());
  } catch (const Error& error) {
    throw error.at(path);
  }
}

}  // namespace twingrad
