#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace twingrad {

// What a zip file says about one of its members.
struct ZipMember {
  std::string name;
  uint16_t flags = 0;
  uint16_t method = 0;  // 0 stored, 8 deflate
  uint32_t crc = 0;
  uint64_t stored_size = 0;
  uint64_t size = 0;
  uint64_t header_offset = 0;
};

inline constexpr uint64_t kZipMemberLimit = 65'536;
inline constexpr uint64_t kZipFreeSize = uint64_t{256} << 20;  // unpacked; above, the ratio counts
inline constexpr uint64_t kZipRatioLimit = 100;

// Whether sizes and checksum may stand behind a member's data, with zeros in its local header, as
// PyTorch's writer has it.
enum class ZipDescriptors : uint8_t { kRefused, kAllowed };

// The members, in the order of the central directory, of a zip file that has one reading only: its
// members and its directory fill it from the first byte to the last without gap or overlap, both
// headers of each member agree, no name occurs twice. Throws Error, with the member or the offset,
// for all else, for encryption, comments, methods other than 0 and 8, data descriptors unless they
// are allowed, and where the declared sizes exceed the limits above. Data and its checksums are not
// looked at.
std::vector<ZipMember> check_zip(std::span<const std::byte> file,
                                 ZipDescriptors descriptors = ZipDescriptors::kRefused);

}  // namespace twingrad
