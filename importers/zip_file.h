#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "importers/zip_layout.h"

namespace twingrad {

// A zip file in memory, which its owner keeps alive, that passed check_zip.
class ZipFile {
 public:
  explicit ZipFile(std::span<const std::byte> file,
                   ZipDescriptors descriptors = ZipDescriptors::kRefused);
  ZipFile(ZipFile&&) noexcept;
  ZipFile& operator=(ZipFile&&) noexcept;
  ~ZipFile();

  const std::vector<ZipMember>& members() const { return members_; }

  // The data of a member, unpacked piece by piece. Errors say what is wrong, not with which member.
  class Reader {
   public:
    Reader(const ZipFile& file, size_t index);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();
    // Throws Error where fewer bytes are left.
    void read(std::span<std::byte> into);
    // Throws Error where bytes are left, or where the checksum is another.
    void expect_end();

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

  // All of it. The size was checked against the file.
  std::vector<std::byte> read(size_t index) const;

 private:
  struct Handle;
  std::vector<ZipMember> members_;
  std::unique_ptr<Handle> handle_;
};

// Throws Error for the name of a member that would lead out of a folder, or is not UTF-8. Names are
// keys here and never become paths, but other readers unpack them.
void check_member_name(std::string_view name);

}  // namespace twingrad
