#include "importers/confined_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "importers/expect_error.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

class ConfinedFile : public testing::Test {
 protected:
  void SetUp() override {
    files_.write("secret.bin", "secret");
    files_.write("model/ok.bin", "0123456789");
    files_.write("model/sub/deep.bin", "deep");
  }

  // Both ways of opening, since the second one stands in for the first.
  void expect_refused(std::string_view relative, std::string_view text) const {
    const Folder folder(files_.path("model"));
    expect_error([&] { (void)folder.open(relative); }, text);
    expect_error([&] { (void)folder.open_by_components(relative); }, text);
  }

  TestFolder files_;
};

TEST_F(ConfinedFile, OpensWhatIsBeneath) {
  const Folder folder(files_.path("model"));
  for (const char* name : {"ok.bin", "./ok.bin", "sub/../ok.bin", "sub//.././ok.bin"}) {
    EXPECT_EQ(folder.open(name).size(), 10) << name;
    EXPECT_EQ(folder.open_by_components(name).size(), 10) << name;
  }
  EXPECT_EQ(folder.open("sub/deep.bin").size(), 4);
}

TEST_F(ConfinedFile, RefusesPathsThatLeaveTheFolder) {
  expect_refused("../secret.bin", "'../secret.bin': leaves the folder");
  expect_refused("sub/../../secret.bin", "leaves the folder");
  expect_refused(files_.path("model/ok.bin"), "leaves the folder");
  expect_refused("/dev/zero", "leaves the folder");
  expect_refused("/proc/self/mem", "leaves the folder");
}

TEST_F(ConfinedFile, RefusesTextThatIsNoPathOfAFile) {
  expect_refused("", "empty path");
  expect_refused(std::string_view("ok.bin\0.txt", 11), "NUL");
  expect_refused(".", "directory");
  expect_refused("sub", "directory");
  expect_refused("sub/", "directory");
  expect_refused("ok.bin/", "irectory");
  expect_refused("..", "");
  expect_refused("C:\\x", "No such file");
  expect_refused("\\\\srv\\x", "No such file");
  expect_refused("file://ok.bin", "No such file");
  expect_refused("*/_ORT_MEM_ADDR_/*", "No such file");
  expect_refused("\xff\xfe", "No such file");
  expect_refused(std::string(size_t{4} << 20, 'a'), "too long");
  expect_refused("missing\x1b[31m", "\\x1b");
}

TEST_F(ConfinedFile, RefusesLinks) {
  ASSERT_EQ(symlink("../secret.bin", files_.path("model/link").c_str()), 0);
  ASSERT_EQ(symlink("ok.bin", files_.path("model/inner").c_str()), 0);
  ASSERT_EQ(symlink("..", files_.path("model/up").c_str()), 0);
  ASSERT_EQ(link(files_.path("secret.bin").c_str(), files_.path("model/hard").c_str()), 0);
  expect_refused("link", "symbolic link");
  expect_refused("inner", "symbolic link");
  expect_refused("hard", "hard links");
  const Folder folder(files_.path("model"));
  expect_error([&] { (void)folder.open("up/secret.bin"); }, "symbolic link");
  // openat says ENOTDIR for a link where a folder is expected: the wording differs, nothing else.
  expect_error([&] { (void)folder.open_by_components("up/secret.bin"); }, "up/secret.bin");
}

TEST_F(ConfinedFile, RefusesAFifoWithoutWaitingForItsWriter) {
  ASSERT_EQ(mkfifo(files_.path("model/fifo").c_str(), 0600), 0);
  expect_refused("fifo", "not a regular file");
  expect_error([&] { (void)read_file(files_.path("model/fifo"), 100); }, "not a regular file");
}

TEST_F(ConfinedFile, ReadsNoByteOutsideOfTheFile) {
  const InputFile file = Folder(files_.path("model")).open("ok.bin");
  EXPECT_EQ(file.read(2, 3),
            (std::vector<std::byte>{std::byte{'2'}, std::byte{'3'}, std::byte{'4'}}));
  EXPECT_EQ(file.read(10, 0).size(), 0);
  expect_error([&] { (void)file.read(8, 3); }, "beyond the end");
  expect_error([&] { (void)file.read(11, 0); }, "beyond the end");
  expect_error([&] { (void)file.read(UINT64_MAX, 2); }, "beyond the end");
  expect_error([&] { (void)file.read(2, UINT64_MAX); }, "beyond the end");
}

TEST_F(ConfinedFile, ReportsAFileThatBecameShorter) {
  const InputFile file = Folder(files_.path("model")).open("ok.bin");
  ASSERT_EQ(truncate(files_.path("model/ok.bin").c_str(), 4), 0);
  expect_error([&] { (void)file.read(0, 10); }, "became shorter");
}

TEST_F(ConfinedFile, ALinkToTheSameFileIsTheSameFile) {
  ASSERT_EQ(symlink("ok.bin", files_.path("model/inner").c_str()), 0);
  const InputFile file = open_file(files_.path("model/ok.bin"));
  EXPECT_TRUE(file.is_same_file(open_file(files_.path("model/inner"))));
  EXPECT_FALSE(file.is_same_file(open_file(files_.path("secret.bin"))));
}

TEST(ReadFile, FollowsLinksAndKeepsToTheLimit) {
  const TestFolder files;
  const std::string path = files.write("a.bin", "abc");
  ASSERT_EQ(symlink("a.bin", files.path("link").c_str()), 0);
  EXPECT_EQ(read_file(files.path("link"), 3).size(), 3);
  expect_error([&] { (void)read_file(path, 2); }, path + ": has 3 bytes, more than the limit of 2");
  expect_error([&] { (void)read_file(files.path(), 9); }, "is a directory");
  expect_error([&] { (void)read_file(files.path("none"), 9); }, "No such file");
}

}  // namespace
}  // namespace twingrad
