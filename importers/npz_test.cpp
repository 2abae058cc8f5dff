#include "importers/npz.h"

#include <gtest/gtest.h>

#include "importers/npy_for_tests.h"
#include "importers/zip_for_tests.h"
#include "importers/zip_layout.h"

namespace twingrad {
namespace {

const std::string kArray = npy("|u1", "(3,)", "abc");

std::vector<NamedTensor> read_tensors(const std::string& file) {
  return read_npz(bytes_of(file));
}

void expect_refused_npz(const std::string& file, std::string_view text) {
  expect_error([&] { (void)read_tensors(file); }, text);
}

void expect_member_refused(const TestMember& member, std::string_view text) {
  expect_refused_npz(zip_of({member}), text);
}

std::string zip64_extra(uint64_t size, uint64_t stored) {
  return little_endian(1, 2) + little_endian(16, 2) + little_endian(size, 8) +
         little_endian(stored, 8);
}

TEST(Npz, ReadsStoredAndDeflatedMembersInTheirOrder) {
  const std::string other = npy("<i2", "()", std::string("\x01\x02", 2));
  const TestMember packed{.name = "a/b.npy",
                          .data = deflated(other),
                          .method = 8,
                          .size = static_cast<uint32_t>(other.size()),
                          .crc = crc32_of(other)};
  const auto tensors = read_tensors(zip_of({{.name = "z.npy", .data = kArray}, packed}));
  ASSERT_EQ(tensors.size(), 2);
  EXPECT_EQ(tensors[0].name, "z");
  EXPECT_TRUE(identical(tensors[0].tensor, Tensor::of<uint8_t>({3}, {'a', 'b', 'c'})));
  EXPECT_EQ(tensors[1].name, "a/b");
  EXPECT_EQ(tensors[1].tensor.values<int16_t>()[0], 0x201);
}

TEST(Npz, ReadsTheZip64FieldThatNumpyAlwaysWrites) {
  const auto tensors =
      read_tensors(zip_of({{.name = "a.npy",
                            .data = kArray,
                            .local_extra = zip64_extra(kArray.size(), kArray.size()),
                            .local_sizes = UINT32_MAX}}));
  EXPECT_EQ(tensors[0].name, "a");
}

TEST(Npz, AnArchiveOfNothingIsEmpty) {
  EXPECT_TRUE(read_tensors(zip_directory_end(0, 0, 0)).empty());
}

TEST(Npz, Class54WrongEndRecordsAreRefused) {
  const std::string good = zip_of({{.name = "a.npy", .data = kArray}});
  const size_t end = good.size() - 22;
  expect_refused_npz("", "not a zip file: 0 bytes");
  expect_refused_npz(std::string(100, 'x'), "no zip end record at byte 78");
  expect_refused_npz(good + "x", "no zip end record");
  expect_refused_npz("x" + good, "zip directory ends at byte");
  expect_refused_npz(patched(good, end + 20, "\x01") + "c", "no zip end record");
  expect_refused_npz(good + good.substr(end), "zip directory ends at byte");
  // A comment that is an end record itself: readers from the front and the back see two archives.
  const std::string inner = zip_directory_end(0, 0, 0);
  expect_refused_npz(patched(good, end + 20, little_endian(inner.size(), 2)) + inner,
                     "zip directory ends at byte 0");
  expect_refused_npz(patched(good, end + 4, "\x01"), "several disks");
  expect_refused_npz(patched(good, end + 8, "\x02"), "two counts");
  expect_refused_npz(patched(good, end + 8, little_endian(2, 2) + little_endian(2, 2)),
                     "ends at byte");
  expect_refused_npz(patched(good, end + 8, std::string(4, '\0')), "bytes behind its 0 entries");
  expect_refused_npz(patched(good, end + 16, little_endian(UINT32_MAX, 4)),
                     "zip directory ends at");
}

TEST(Npz, Class54LyingZip64RecordsAreRefused) {
  const std::string good = zip_of({{.name = "a.npy", .data = kArray}});
  const std::string end = good.substr(good.size() - 22);
  const std::string front = good.substr(0, good.size() - 22);
  const uint64_t directory_size = 46 + 5;
  const auto wide = [&](uint64_t count, uint64_t size, uint64_t offset, uint64_t locator) {
    return front + "PK\x06\x06" + little_endian(44, 8) + std::string(12, '\0') +
           little_endian(count, 8) + little_endian(count, 8) + little_endian(size, 8) +
           little_endian(offset, 8) + "PK\x06\x07" + std::string(4, '\0') +
           little_endian(locator, 8) + little_endian(1, 4) + end;
  };
  const uint64_t offset = front.size() - directory_size;
  EXPECT_EQ(read_tensors(wide(1, directory_size, offset, front.size())).size(), 1);
  expect_refused_npz(wide(2, directory_size, offset, front.size()), "differ");
  expect_refused_npz(wide(1, directory_size + 1, offset, front.size()), "differ");
  expect_refused_npz(wide(1, directory_size, offset - 1, front.size()), "differ");
  expect_refused_npz(wide(1, directory_size, offset, 0), "points to byte 0");
  expect_refused_npz(wide(1, directory_size, offset, UINT64_MAX), "points to byte");
  const TestMember small{.name = "a.npy", .data = kArray};
  TestMember lying = small;
  lying.local_sizes = UINT32_MAX;
  lying.local_extra = zip64_extra(UINT64_MAX, UINT64_MAX);
  expect_member_refused(lying, "differ");
  lying.local_extra = "";
  expect_member_refused(lying, "no zip64 field");
  lying.local_extra = zip64_extra(0, 0) + zip64_extra(0, 0);
  expect_member_refused(lying, "two zip64 fields");
  lying = small;
  lying.size = UINT32_MAX;
  lying.central_extra = little_endian(1, 2) + little_endian(8, 2) + little_endian(UINT64_MAX, 8);
  expect_member_refused(lying, "stored, but");
  lying.central_extra = zip64_extra(3, 3);
  expect_member_refused(lying, "zip64 field of 16 bytes, expected 8");
  lying.central_extra = little_endian(1, 2) + little_endian(200, 2);
  expect_member_refused(lying, "zip member 'a.npy': ends at byte");
}

TEST(Npz, Class54WhereDirectoryAndLocalHeaderDifferIsRefused) {
  const std::string good = zip_of({{.name = "a.npy", .data = kArray}});
  for (const size_t field : {6U, 8U, 14U, 18U, 22U, 30U}) {
    const std::string changed(1, static_cast<char>(good[field] ^ 0x10));
    expect_refused_npz(patched(good, field, changed), "differ");
  }
  expect_member_refused({.name = "a.npy", .data = kArray, .local_name = "b.npy"}, "differ");
  expect_refused_npz(patched(good, 0, "XX"), "no local header at byte 0");
}

TEST(Npz, Class54WrongChecksumsAndSizesAreRefused) {
  expect_member_refused({.name = "a.npy", .data = kArray, .crc = 1}, "CRC error");
  const auto packed = [](uint64_t size) {
    return TestMember{.name = "a.npy",
                      .data = deflated(kArray),
                      .method = 8,
                      .size = static_cast<uint32_t>(size),
                      .crc = crc32_of(kArray)};
  };
  EXPECT_EQ(read_tensors(zip_of({packed(kArray.size())})).size(), 1);
  expect_member_refused(packed(kArray.size() + 1), "member 'a.npy'");
  expect_member_refused(packed(kArray.size() - 1), "member 'a.npy'");
  TestMember garbage = packed(kArray.size());
  garbage.data = std::string(100, '\xff');
  expect_member_refused(garbage, "cannot be unpacked");
}

TEST(Npz, Class54UnsupportedMembersAreRefused) {
  expect_member_refused({.name = "a.npy", .data = kArray, .flags = 1}, "encrypted");
  expect_member_refused({.name = "a.npy", .data = kArray, .flags = 8}, "data descriptor");
  expect_member_refused({.name = "a.npy", .data = kArray, .flags = 0x40}, "unknown flags");
  expect_member_refused({.name = "a.npy", .data = kArray, .method = 12}, "compression method 12");
  expect_member_refused({.name = "a.npy", .data = kArray, .comment = "c"}, "comment");
}

TEST(Npz, Class54OverlappingMembersAndGapsAreRefused) {
  expect_member_refused({.name = "a.npy", .data = kArray, .after = "gap"}, "members end at byte");
  expect_refused_npz(zip_of({{.name = "a.npy", .data = kArray, .after = "gap"},
                             {.name = "b.npy", .data = kArray}}),
                     "overlap or leave a gap");
  // Two entries of the directory for the same bytes.
  std::string twice =
      zip_of({{.name = "a.npy", .data = kArray}, {.name = "b.npy", .data = kArray}});
  const size_t second = twice.rfind("PK\x01\x02");
  twice = patched(twice, second + 42, little_endian(0, 4));
  expect_refused_npz(twice, "overlap or leave a gap");
}

TEST(Npz, Class54NamesThatAreNoArraysAreRefused) {
  const auto named = [](const std::string& name) {
    return TestMember{.name = name, .data = kArray};
  };
  expect_refused_npz(zip_of({named("a.npy"), named("a.npy")}), "'a.npy' occurs twice");
  for (const char* name : {"../x.npy", "a/../../x.npy", "/x.npy", "\\x.npy", "C:/x.npy"}) {
    expect_member_refused(named(name), "path");
  }
  expect_member_refused(named(std::string("a\0.npy", 6)), "path");
  expect_member_refused(named("\xff.npy"), "not UTF-8");
  expect_member_refused(named("a.txt"), "not an .npy file");
  expect_member_refused({.name = "folder.npy/", .data = ""}, "not an .npy file");
  expect_member_refused(named(".npy"), "no characters");
  expect_member_refused(named(""), "not an .npy file");
  expect_member_refused({.name = "a.npy", .data = "text"}, "member 'a.npy': not an npy file");
}

TEST(Npz, Class54BombsAreRefusedByWhatTheyDeclare) {
  const uint32_t large = 300U << 20;
  TestMember bomb{.name = "a.npy", .data = std::string(400'000, '\0'), .method = 8, .size = large};
  expect_member_refused(bomb, "would unpack to 314572800 or more, limit 100 times");
  bomb.data = "x";
  expect_member_refused(bomb, "1 bytes cannot unpack to 314572800");
  EXPECT_EQ(
      check_zip(bytes_of(zip_of({{.name = "a.npy", .data = "xy", .method = 8, .size = 2064}})))
          .size(),
      1);
}

TEST(Npz, MoreMembersThanTheLimitAreRefusedBeforeTheyAreRead) {
  const std::string file = "PK\x06\x06" + little_endian(44, 8) + std::string(12, '\0') +
                           little_endian(1'000'000, 8) + little_endian(1'000'000, 8) +
                           little_endian(0, 8) + little_endian(0, 8) + "PK\x06\x07" +
                           std::string(4, '\0') + little_endian(0, 8) + little_endian(1, 4) +
                           zip_directory_end(UINT16_MAX, 0, 0);
  expect_refused_npz(file, "zip of 1000000 members, limit 65536");
}

TEST(Npz, EveryTruncationAndBitFlipIsAResultOrAnError) {
  const auto parse = [](const std::string& file) { (void)read_tensors(file); };
  expect_damage_is_survived(zip_of({{.name = "a.npy", .data = kArray}}), parse);
  const std::string array = npy("<f4", "(1,)", "1234");
  expect_damage_is_survived(zip_of({{.name = "b.npy",
                                     .data = deflated(array),
                                     .method = 8,
                                     .size = static_cast<uint32_t>(array.size()),
                                     .crc = crc32_of(array),
                                     .local_extra = zip64_extra(array.size(), array.size() + 5),
                                     .local_sizes = UINT32_MAX}}),
                            parse);
}

}  // namespace
}  // namespace twingrad
