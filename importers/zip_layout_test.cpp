#include "importers/zip_layout.h"

#include <gtest/gtest.h>

#include "importers/zip_for_tests.h"

namespace twingrad {
namespace {

constexpr uint16_t kDescriptor = 8;

TEST(ZipDescriptors, AreReadWhereTheyAreAllowed) {
  const std::string after =
      "PK\x07\x08" + little_endian(crc32_of("xy"), 4) + little_endian(2, 4) + little_endian(2, 4);
  const std::string good =
      zip_of({{.name = "a", .data = "xy", .flags = kDescriptor, .after = after}});
  expect_error([&] { check_zip(bytes_of(good)); }, "a data descriptor is not supported");
  EXPECT_EQ(check_zip(bytes_of(good), ZipDescriptors::kAllowed).size(), 1u);
  const std::string other = zip_of({{.name = "a",
                                     .data = "xy",
                                     .flags = kDescriptor,
                                     .after = patched(after, 8, little_endian(3, 4))}});
  expect_error([&] { check_zip(bytes_of(other), ZipDescriptors::kAllowed); },
               "directory and data descriptor differ");
}

}  // namespace
}  // namespace twingrad
