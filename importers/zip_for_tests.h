#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "importers/damage_for_tests.h"

namespace twingrad {

inline uint32_t crc32_of(std::string_view text) {
  uint32_t crc = UINT32_MAX;
  for (const char c : text) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
  }
  return ~crc;
}

// One member of a zip file under test. What is not set is what a writer would put there.
struct TestMember {
  std::string name = "";
  std::string data = "";  // as it stands in the file
  uint16_t method = 0;
  uint16_t flags = 0;
  uint32_t size = static_cast<uint32_t>(data.size());
  uint32_t crc = crc32_of(data);
  std::string local_extra = "";
  std::string central_extra = "";
  std::string local_name = name;
  uint32_t local_sizes = 0;  // other than 0: in place of both sizes of the local header
  std::string comment = "";
  std::string after = "";  // bytes behind the data
};

// Deflated data of one block that is not compressed.
inline std::string deflated(std::string_view text) {
  std::string block(1, '\x01');
  block += little_endian(text.size(), 2) + little_endian(~text.size(), 2);
  return block.append(text);
}

inline std::string zip_directory_end(uint64_t count, uint64_t size, uint64_t offset,
                                     const std::string& comment = "") {
  return "PK\x05\x06" + std::string(4, '\0') + little_endian(count, 2) + little_endian(count, 2) +
         little_endian(size, 4) + little_endian(offset, 4) + little_endian(comment.size(), 2) +
         comment;
}

inline std::string zip_of(const std::vector<TestMember>& members) {
  std::string file;
  std::string directory;
  for (const TestMember& m : members) {
    const std::string kind = little_endian(20, 2) + little_endian(m.flags, 2) +
                             little_endian(m.method, 2) + std::string(4, '\0') +
                             little_endian(m.crc, 4);
    const uint64_t stored = m.data.size();
    directory += "PK\x01\x02" + little_endian(20, 2) + kind + little_endian(stored, 4) +
                 little_endian(m.size, 4) + little_endian(m.name.size(), 2) +
                 little_endian(m.central_extra.size(), 2) + little_endian(m.comment.size(), 2) +
                 std::string(8, '\0') + little_endian(file.size(), 4) + m.name + m.central_extra +
                 m.comment;
    file += "PK\x03\x04" + kind + little_endian(m.local_sizes != 0 ? m.local_sizes : stored, 4) +
            little_endian(m.local_sizes != 0 ? m.local_sizes : m.size, 4) +
            little_endian(m.local_name.size(), 2) + little_endian(m.local_extra.size(), 2) +
            m.local_name + m.local_extra + m.data + m.after;
  }
  return file + directory + zip_directory_end(members.size(), directory.size(), file.size());
}

}  // namespace twingrad
