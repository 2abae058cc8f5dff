#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "importers/byte_source.h"
#include "importers/file_descriptor.h"

namespace twingrad {

// An open regular file. What `read` copies is an Error where somebody truncates the file meanwhile.
// What is mapped is not: whoever reads there gets SIGBUS, which the command line reports. Ranges of
// less than kLeastMapped bytes are never mapped.
inline constexpr uint64_t kLeastMapped = uint64_t{1} << 16;

class InputFile final : public ByteSource {
 public:
  // Takes over an open descriptor. Throws Error unless it is a regular file.
  explicit InputFile(FileDescriptor descriptor);

  // The size at the time of opening, in bytes.
  uint64_t size() const override { return size_; }
  // Names of this file in the file system: above 1, the bytes are in reach from elsewhere too.
  uint64_t link_count() const { return link_count_; }
  // Whether both are one file, whatever their names.
  bool is_same_file(const InputFile& other) const {
    return device_ == other.device_ && number_ == other.number_;
  }

 private:
  void read_inside(uint64_t offset, std::span<std::byte> into) const override;
  std::shared_ptr<void> mapped_inside(uint64_t offset, uint64_t length) const override;

  FileDescriptor descriptor_;
  // Of the whole file, made when it is first wanted: processes have few mappings, models many
  // tensors.
  mutable std::shared_ptr<void> mapping_;
  uint64_t size_ = 0;
  uint64_t link_count_ = 0;
  uint64_t device_ = 0;
  uint64_t number_ = 0;
};

// A file that the user named: links are followed, since the user may point where he likes. Never
// blocks (FIFOs are refused). The Error says what is wrong, not which file: callers add that.
InputFile open_file(const std::string& path);

// The whole of a file that the user named. Throws Error, naming the file, above `size_limit` bytes.
std::vector<std::byte> read_file(const std::string& path, uint64_t size_limit);

}  // namespace twingrad
