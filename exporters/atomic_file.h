#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace twingrad {

// A file that appears as a whole or not at all: it is written under another name in the same
// folder, brought to the disk, and renamed. Until `commit` returns, what stood at `path` stays as
// it was, also after a crash or when the disk is full. Every Error names `path`.
class AtomicFile {
 public:
  // Throws Error where no file can be made there, or where `path` is a folder or a device. A
  // symbolic link at `path` will be replaced, not followed.
  explicit AtomicFile(std::string path);
  // Without a `commit` nothing remains.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::string& path() const { return path_; }

  // Appends. Throws Error where the bytes do not fit on the disk.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);

  // The new content is at `path`, and on the disk, when this returns. Nothing may follow.
  void commit();

 private:
  std::string path_;
  std::string folder_;
  std::string temporary_path_;
  int descriptor_ = -1;
};

// The whole content at once.
void write_file(const std::string& path, std::span<const std::byte> content);
void write_file(const std::string& path, std::string_view content);

}  // namespace twingrad
