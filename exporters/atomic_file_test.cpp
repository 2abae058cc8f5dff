#include "exporters/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "ir/error.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

size_t files_in(const TestFolder& folder) {
  const std::filesystem::directory_iterator files(folder.path());
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

TEST(AtomicFile, TheOldContentStaysUntilTheCommit) {
  const TestFolder folder;
  const std::string path = folder.write("a.txt", "old");
  AtomicFile file(path);
  file.write("new ");
  file.write("content");
  EXPECT_EQ(folder.read("a.txt"), "old");
  file.commit();
  EXPECT_EQ(folder.read("a.txt"), "new content");
  EXPECT_EQ(files_in(folder), 1);
}

TEST(AtomicFile, NothingRemainsWithoutACommit) {
  const TestFolder folder;
  { AtomicFile(folder.path("a.txt")).write("half"); }
  EXPECT_EQ(files_in(folder), 0);
}

TEST(AtomicFile, PermissionsFollowTheUmaskOrTheFileThatIsReplaced) {
  const TestFolder folder;
  const mode_t before = umask(022);
  write_file(folder.path("new"), "x");
  umask(before);
  struct stat status = {};
  ASSERT_EQ(stat(folder.path("new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644);
  ASSERT_EQ(chmod(folder.path("new").c_str(), 0640), 0);
  write_file(folder.path("new"), "y");
  ASSERT_EQ(stat(folder.path("new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640);
}

TEST(AtomicFile, FoldersDevicesAndMissingFoldersAreErrors) {
  const TestFolder folder;
  EXPECT_THROW(AtomicFile{folder.path()}, Error);
  EXPECT_THROW(AtomicFile{folder.path("none/a.txt")}, Error);
  EXPECT_THROW(AtomicFile{folder.path("none/")}, Error);
  EXPECT_THROW(AtomicFile{"/dev/null"}, Error);
  EXPECT_THROW(AtomicFile{""}, Error);
}

TEST(AtomicFile, AWriteThatFailsLeavesTheOldFile) {
  const TestFolder folder;
  const std::string path = folder.write("a.txt", "old");
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4096;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_THROW(write_file(path, std::string(10'000, 'x')), Error);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  (void)std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(folder.read("a.txt"), "old");
  EXPECT_EQ(files_in(folder), 1);
}

}  // namespace
}  // namespace twingrad
