#include "parity/tolerance_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "ir/error.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

std::string written(const TestFolder& folder, const std::string& text) {
  const std::string path = folder.path() + "/tolerances.json";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

TEST(ToleranceFile, IsReadAsItWasWrittenSortedAndNotBelowTheMeasurement) {
  const TestFolder folder;
  const std::string text =
      tolerance_file_text({{"b/case \"1\"", "output", "y", {1.234e-5, 0, 3e-6, "3 perturbed runs"}},
                           {"a/case", "parameter", "W", {0, 2e-9, 5e-10, "zero but for noise"}},
                           {"a/case", "gradient", "W", {9.96e-7, 0, 0, "by hand"}}});
  const auto entries = read_tolerance_file(written(folder, text));
  ASSERT_EQ(entries.size(), 3);
  EXPECT_EQ(entries[0].kind, "gradient");
  EXPECT_DOUBLE_EQ(entries[0].tolerance.rtol, 1e-6);
  EXPECT_EQ(entries[1].kind, "parameter");
  EXPECT_DOUBLE_EQ(entries[1].tolerance.atol, 2e-9);
  EXPECT_EQ(entries[2].item, "b/case \"1\"");
  EXPECT_DOUBLE_EQ(entries[2].tolerance.rtol, 1.3e-5);
  EXPECT_EQ(entries[2].tolerance.how, "3 perturbed runs");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5);  // a line a tensor
  EXPECT_EQ(tolerance_file_text(entries), text);
}

TEST(ToleranceFile, OfNothingIsReadToo) {
  const TestFolder folder;
  EXPECT_TRUE(read_tolerance_file(written(folder, tolerance_file_text({}))).empty());
}

struct Refused {
  const char* lines;
  const char* message;
};

TEST(ToleranceFile, WhatDoesNotFitIsRefusedByItsPlace) {
  const std::string line =
      R"({"case": "c", "kind": "output", "name": "y", "rtol": 1e-6, "how": ""})";
  const std::string twice = line + "," + line;
  const Refused rows[] = {
      {R"({"case": "c", "kind": "output", "name": "y", "rtol": -1, "how": ""})", "[0].rtol"},
      {R"({"case": "c", "kind": "output", "name": "y", "how": ""})", "rtol"},
      {R"({"case": "c", "kind": "output", "name": "y", "rtol": 1e-6})", "how"},
      {R"({"case": "c", "kind": "output", "name": "y", "rtoll": 1, "rtol": 1, "how": ""})",
       "rtoll"},
      {R"("y")", "[0]"},
      {twice.c_str(), "has two lines"},
  };
  const TestFolder folder;
  for (const Refused& row : rows) {
    const std::string text = R"({"format": "twingrad-tolerances", "version": 1, "tolerances": [)" +
                             std::string(row.lines) + "]}";
    const std::string path = written(folder, text);
    try {
      read_tolerance_file(path);
      ADD_FAILURE() << row.lines;
    } catch (const Error& error) {
      const std::string what = error.what();
      EXPECT_TRUE(what.starts_with(path)) << what;
      EXPECT_NE(what.find(row.message), std::string::npos) << what;
    }
  }
}

TEST(ToleranceFile, CasesAreTheSameWhereverOneStands) {
  EXPECT_TRUE(is_same_case("seed/torch/mlp", "seed/torch/mlp"));
  EXPECT_TRUE(is_same_case("seed/torch/mlp", "/repository/seed/torch/mlp"));
  EXPECT_TRUE(is_same_case("references/seed/torch/mlp", "torch/mlp"));
  EXPECT_FALSE(is_same_case("seed/torch/mlp", "seed/torch/mlp2"));
  EXPECT_FALSE(is_same_case("torch/mlp", "seed/pytorch/mlp"));
  EXPECT_FALSE(is_same_case("seed/torch/mlp", "other/torch/mlp"));
}

}  // namespace
}  // namespace twingrad
