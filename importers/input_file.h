#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "importers/byte_source.h"
#include "importers/file_descriptor.h"

namespace twingrad {

// An open regular file. Its bytes are always copied, never mapped: a file that somebody truncates
// meanwhile is an Error then and not a signal.
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

  FileDescriptor descriptor_;
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
