#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace twingrad {

// A known number of bytes that are read in ranges: a file's, or memory. No read leaves [0, size).
class ByteSource {
 public:
  ByteSource() = default;
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = default;
  ByteSource& operator=(const ByteSource&) = default;
  ByteSource(ByteSource&&) = default;
  ByteSource& operator=(ByteSource&&) = default;

  virtual uint64_t size() const = 0;

  // Fills `into` from byte `offset` on. Throws Error where the range leaves the source, and where
  // the bytes cannot be read.
  void read(uint64_t offset, std::span<std::byte> into) const;
  // The same into new memory, which is only taken when the range is inside.
  std::vector<std::byte> read(uint64_t offset, uint64_t length) const;
  // The same without a copy where that pays: memory that holds the bytes for as long as the pointer
  // lives, and that may be written to without changing the source. Null: read them instead. Throws
  // Error where the range leaves the source.
  std::shared_ptr<void> mapped(uint64_t offset, uint64_t length) const;

 private:
  virtual std::shared_ptr<void> mapped_inside(uint64_t, uint64_t) const { return nullptr; }
  virtual void read_inside(uint64_t offset, std::span<std::byte> into) const = 0;
};

// Borrowed memory; whoever owns it keeps it alive.
class MemoryBytes final : public ByteSource {
 public:
  explicit MemoryBytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }

 private:
  void read_inside(uint64_t offset, std::span<std::byte> into) const override;

  std::span<const std::byte> bytes_;
};

}  // namespace twingrad
