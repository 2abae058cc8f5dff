#include "exporters/staged_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "exporters/atomic_file.h"
#include "ir/error.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

size_t entries_of(const TestFolder& folder) {
  const std::filesystem::directory_iterator entries(folder.path());
  return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

TEST(StagedFiles, AppearTogetherWhenTheyAreCommitted) {
  const TestFolder folder;
  StagedFiles files(folder.path("m.py"));
  write_file(files.path(), "code");
  write_file(std::filesystem::path(files.path()).replace_extension(".safetensors"), "weights");
  EXPECT_FALSE(std::filesystem::exists(folder.path("m.py")));
  files.commit(false);
  EXPECT_EQ(folder.read("m.py"), "code");
  EXPECT_EQ(folder.read("m.safetensors"), "weights");
}

TEST(StagedFiles, LeaveNothingWithoutACommit) {
  const TestFolder folder;
  {
    const StagedFiles files(folder.path("m.py"));
    write_file(files.path(), "code");
  }
  EXPECT_EQ(entries_of(folder), 0);
}

TEST(StagedFiles, MoveNothingWhereOneOfTheNamesIsTaken) {
  const TestFolder folder;
  folder.write("m.safetensors", "old");
  {
    StagedFiles files(folder.path("m.py"));
    write_file(files.path(), "code");
    write_file(std::filesystem::path(files.path()).replace_extension(".safetensors"), "new");
    EXPECT_THROW(files.commit(false), Error);
  }
  EXPECT_EQ(folder.read("m.safetensors"), "old");
  EXPECT_EQ(entries_of(folder), 1);
}

TEST(StagedFiles, ReplaceFilesButNoFolders) {
  const TestFolder folder;
  folder.write("m.py", "old");
  folder.write("n.py/file", "kept");
  EXPECT_THROW(check_place(folder.path("m.py"), false), Error);
  EXPECT_THROW(check_place(folder.path("n.py"), true), Error);
  StagedFiles files(folder.path("m.py"));
  write_file(files.path(), "new");
  files.commit(true);
  EXPECT_EQ(folder.read("m.py"), "new");
}

TEST(StagedFiles, MessagesHaveTheNamesThatTheFilesWillHave) {
  const TestFolder folder;
  const StagedFiles files(folder.path("m.py"));
  EXPECT_EQ(files.in_place(files.path() + ": no space"), folder.path("m.py") + ": no space");
}

TEST(StagedFiles, NeedAFolderThatIsThere) {
  const TestFolder folder;
  EXPECT_THROW(StagedFiles(folder.path("none/m.py")), Error);
}

}  // namespace
}  // namespace twingrad
