#include "importers/zip_layout.h"

#include <algorithm>
#include <set>

#include "importers/byte_cursor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kEnd64Signature = 0x06064b50;
constexpr uint32_t kLocatorSignature = 0x07064b50;
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kDescriptorSignature = 0x08074b50;
constexpr uint64_t kEndSize = 22;
constexpr uint64_t kLocatorSize = 20;
constexpr uint64_t kEnd64Size = 56;
constexpr uint16_t kZip64Extra = 1;
constexpr uint32_t kIn64 = UINT32_MAX;  // "the number is in the zip64 extra field"
constexpr uint64_t kDeflateRatio = 1032;

enum Flag : uint16_t { kEncrypted = 1, kDeflateLevel = 6, kDescriptor = 8, kUtf8 = 0x800 };

struct Directory {
  uint64_t offset = 0;
  uint64_t count = 0;
  uint64_t end = 0;
};

// The record of zip64 that takes the place of the last one's numbers, where there is one.
void read_directory64(std::span<const std::byte> file, Directory& directory) {
  const uint64_t locator_offset = file.size() - kEndSize - kLocatorSize;
  ByteCursor locator(file, locator_offset);
  if (locator.u32() != kLocatorSignature) return;
  const uint32_t disk = locator.u32();
  const uint64_t offset = locator.u64();
  check(disk == 0 && locator.u32() == 1, "zip of several disks");
  check(locator_offset >= kEnd64Size && offset == locator_offset - kEnd64Size,
        "zip64 locator at byte ", locator_offset, " points to byte ", offset);
  ByteCursor record(file, offset);
  check(record.u32() == kEnd64Signature && record.u64() == kEnd64Size - 12,
        "no zip64 directory record of ", kEnd64Size, " bytes at byte ", offset);
  record.bytes(4);  // versions
  check(record.u32() == 0 && record.u32() == 0, "zip of several disks");
  const uint64_t count = record.u64();
  check(count == record.u64(), "zip64 directory record at byte ", offset, " has two counts");
  const uint64_t size = record.u64();
  const uint64_t start = record.u64();
  const auto agree = [](uint64_t narrow, uint64_t wide, uint64_t in_64) {
    return narrow == wide || narrow == in_64;
  };
  check(agree(directory.count, count, UINT16_MAX) && agree(directory.offset, start, kIn64) &&
            agree(directory.end - directory.offset, size, kIn64),
        "zip directory records at bytes ", offset, " and ", file.size() - kEndSize, " differ");
  check(start <= offset && size == offset - start, "zip directory of ", size, " bytes at byte ",
        start, " does not end at byte ", offset);
  directory = {start, count, offset};
}

Directory find_directory(std::span<const std::byte> file) {
  check(file.size() >= kEndSize, "not a zip file: ", file.size(), " bytes");
  const uint64_t end = file.size() - kEndSize;
  ByteCursor record(file, end);
  check(record.u32() == kEndSignature, "no zip end record at byte ", end,
        ": not a zip file, truncated, or with a comment");
  check(record.u16() == 0 && record.u16() == 0, "zip of several disks");
  Directory directory;
  directory.count = record.u16();
  check(directory.count == record.u16(), "zip end record has two counts");
  const uint64_t size = record.u32();
  directory.offset = record.u32();
  directory.end = directory.offset + size;
  check(record.u16() == 0, "zip comment, expected none");
  if (end >= kLocatorSize) read_directory64(file, directory);
  const bool wide = directory.end + kLocatorSize + kEnd64Size == end;
  check(directory.end == end || wide, "zip directory ends at byte ", directory.end, ", not at ",
        end, " where its end record is");
  check(directory.count <= kZipMemberLimit, "zip of ", directory.count, " members, limit ",
        kZipMemberLimit);
  return directory;
}

// The numbers of the zip64 extra field for those fields that say so, in their fixed order.
void read_extra(ByteCursor extra, std::initializer_list<uint64_t*> fields) {
  bool found = false;
  while (!extra.at_end()) {
    const uint16_t id = extra.u16();
    const uint16_t length = extra.u16();
    ByteCursor content = extra.part(length);
    const uint64_t start = content.offset();
    if (id != kZip64Extra) continue;
    check(!found, "two zip64 fields");
    found = true;
    for (uint64_t* field : fields) {
      if (*field == kIn64) *field = content.u64();
    }
    check(content.at_end(), "zip64 field of ", length, " bytes, expected ",
          content.offset() - start);
  }
  const bool missing = std::ranges::any_of(fields, [](const uint64_t* f) { return *f == kIn64; });
  check(found || !missing, "no zip64 field");
}

bool has_descriptor(const ZipMember& member) {
  return (member.flags & kDescriptor) != 0;
}

void check_member(const ZipMember& member, ZipDescriptors descriptors) {
  check((member.flags & kEncrypted) == 0, "encrypted");
  check(!has_descriptor(member) || descriptors == ZipDescriptors::kAllowed,
        "a data descriptor is not supported");
  check((member.flags & ~(kDeflateLevel | kUtf8 | kDescriptor)) == 0, "unknown flags ",
        member.flags);
  check(member.method == 0 || member.method == 8, "compression method ", member.method,
        " is not supported, only 0 (stored) and 8 (deflate)");
  check(member.method != 0 || member.stored_size == member.size, "stored, but ", member.stored_size,
        " bytes for ", member.size);
  check(member.size / kDeflateRatio <= member.stored_size, member.stored_size,
        " bytes cannot unpack to ", member.size);
}

ZipMember read_central(ByteCursor& directory, ZipDescriptors descriptors) {
  const uint64_t offset = directory.offset();
  check(directory.u32() == kCentralSignature, "no zip directory entry at byte ", offset);
  ZipMember member;
  directory.bytes(4);  // versions
  member.flags = directory.u16();
  member.method = directory.u16();
  directory.bytes(4);  // time and date
  member.crc = directory.u32();
  member.stored_size = directory.u32();
  member.size = directory.u32();
  const uint16_t name_length = directory.u16();
  const uint16_t extra_length = directory.u16();
  const uint16_t comment_length = directory.u16();
  const uint16_t disk = directory.u16();
  directory.bytes(6);  // attributes
  member.header_offset = directory.u32();
  member.name = directory.text(name_length);
  const ByteCursor extra = directory.part(extra_length);
  try {
    check(comment_length == 0, "a comment, expected none");
    check(disk == 0, "on another disk");
    read_extra(extra, {&member.size, &member.stored_size, &member.header_offset});
    check_member(member, descriptors);
  } catch (const Error& error) {
    throw error.at("zip member " + quoted_name(member.name));
  }
  return member;
}

// What stands behind the data: checksum and sizes, the latter in 4 bytes each, or in 8 where the
// directory needs that many or the local header has a zip64 field.
void check_descriptor(ByteCursor& local, const ZipMember& member, bool wide) {
  const auto number = [&] { return wide ? local.u64() : local.u32(); };
  const bool agrees = local.u32() == kDescriptorSignature && local.u32() == member.crc &&
                      number() == member.stored_size && number() == member.size;
  check(agrees, "directory and data descriptor differ");
}

// Compares the header that stands before the data with the directory; returns where the member
// ends.
uint64_t check_local(std::span<const std::byte> file, const ZipMember& member, uint64_t limit) {
  ByteCursor local(file.first(limit), std::min(member.header_offset, limit));
  check(local.u32() == kLocalSignature, "no local header at byte ", member.header_offset);
  local.bytes(2);  // version
  const bool same_flags = local.u16() == member.flags;
  const bool same_method = local.u16() == member.method;
  local.bytes(4);  // time and date
  const uint32_t crc = local.u32();
  uint64_t stored_size = local.u32();
  uint64_t size = local.u32();
  const uint16_t name_length = local.u16();
  const uint16_t extra_length = local.u16();
  const bool same_name = local.text(name_length) == member.name;
  const bool wide = size == kIn64 || stored_size == kIn64 || member.size >= kIn64;
  read_extra(local.part(extra_length), {&size, &stored_size});
  const bool later = has_descriptor(member) && crc == 0 && size == 0 && stored_size == 0;
  const bool same_sizes =
      crc == member.crc && size == member.size && stored_size == member.stored_size;
  check(same_flags && same_method && same_name && (later || same_sizes),
        "directory and local header at byte ", member.header_offset, " differ");
  local.bytes(member.stored_size);
  if (has_descriptor(member)) check_descriptor(local, member, wide);
  return local.offset();
}

void check_tiling(std::span<const std::byte> file, const std::vector<ZipMember>& members,
                  uint64_t directory_offset) {
  std::vector<const ZipMember*> by_offset;
  by_offset.reserve(members.size());
  for (const ZipMember& member : members) by_offset.push_back(&member);
  std::ranges::sort(by_offset, {}, &ZipMember::header_offset);
  uint64_t end = 0;
  for (const ZipMember* member : by_offset) {
    try {
      check(member->header_offset == end, "starts at byte ", member->header_offset, ", expected ",
            end, ": members overlap or leave a gap");
      end = check_local(file, *member, directory_offset);
    } catch (const Error& error) {
      throw error.at("zip member " + quoted_name(member->name));
    }
  }
  check(end == directory_offset, "zip members end at byte ", end, ", the directory starts at ",
        directory_offset);
}

}  // namespace

std::vector<ZipMember> check_zip(std::span<const std::byte> file, ZipDescriptors descriptors) {
  const Directory directory = find_directory(file);
  ByteCursor cursor(file.first(directory.end), directory.offset);
  std::vector<ZipMember> members;
  std::set<std::string_view> names;
  uint64_t unpacked = 0;
  for (uint64_t i = 0; i < directory.count; ++i) {
    members.push_back(read_central(cursor, descriptors));
    unpacked += std::min(members.back().size, UINT64_MAX - unpacked);
    check(unpacked <= kZipFreeSize || unpacked / kZipRatioLimit <= file.size(), "zip of ",
          file.size(), " bytes would unpack to ", unpacked, " or more, limit ", kZipRatioLimit,
          " times its size");
  }
  check(cursor.at_end(), "zip directory has bytes behind its ", directory.count, " entries");
  for (const ZipMember& member : members) {
    check(names.insert(member.name).second, "zip member ", quoted_name(member.name),
          " occurs twice");
  }
  check_tiling(file, members, directory.offset);
  return members;
}

}  // namespace twingrad
