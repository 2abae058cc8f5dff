#include "exporters/tensorboard.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "ir/error.h"

namespace twingrad {
namespace {

std::string only_file_in(const std::filesystem::path& folder) {
  std::string content;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    content.append(std::istreambuf_iterator<char>(file), {});
  }
  return content;
}

// The bytes that TensorFlow's own writer makes for the same event, but for the time in bytes 13 to
// 20 and the checksum of the data behind them.
TEST(EventFile, BeginsWithTheFramedVersionOfTheFormat) {
  const std::string folder = testing::TempDir() + "/events_version";
  std::filesystem::remove_all(folder);
  { const EventFile file(folder); }
  const std::string bytes = only_file_in(folder);
  ASSERT_EQ(bytes.size(), 12u + 24u + 4u);
  EXPECT_EQ(bytes.substr(0, 12), std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22", 12));
  EXPECT_EQ(bytes[12], '\x09');
  EXPECT_EQ(bytes.substr(21, 15), std::string("\x1a\x0d") + "brain.Event:2");
}

TEST(EventFile, HoldsTagsAndFloats) {
  const std::string folder = testing::TempDir() + "/events_scalars";
  std::filesystem::remove_all(folder);
  {
    EventFile file(folder);
    file.scalars(3, {{"loss/train", 0.5}});
  }
  const std::string bytes = only_file_in(folder);
  const std::string value =
      std::string("\x0a\x0aloss/train\x15", 13) + std::string("\0\0\0\x3f", 4);
  EXPECT_NE(bytes.find(std::string("\x10\x03\x2a\x13\x0a\x11", 6) + value), std::string::npos);
}

TEST(EventFile, IsRefusedWhereNoFolderCanBe) {
  EXPECT_THROW(EventFile("/dev/null/events"), Error);
}

}  // namespace
}  // namespace twingrad
