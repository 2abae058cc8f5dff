#pragma once

#include <cstdint>
#include <vector>

#include "importers/byte_source.h"
#include "importers/input_file.h"

namespace twingrad {

// Files one after the other, as if they were one: the shards of a group of weights.
class JoinedFiles final : public ByteSource {
 public:
  // Throws Error where the sizes overflow.
  explicit JoinedFiles(std::vector<InputFile> files);

  uint64_t size() const override { return size_; }

 private:
  void read_inside(uint64_t offset, std::span<std::byte> into) const override;

  std::vector<InputFile> files_;
  uint64_t size_ = 0;
};

}  // namespace twingrad
