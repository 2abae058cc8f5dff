#include "importers/tensor_file.h"

#include <gtest/gtest.h>

#include "importers/expect_error.h"
#include "importers/npy_for_tests.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

TEST(TensorFile, ReadsTheDigits) {
  const auto tensors = named_tensors("testdata/digits.npz");
  ASSERT_EQ(tensors.size(), 4);
  EXPECT_EQ(tensors.at("x").type(), DataType::kFloat);
  EXPECT_EQ(tensors.at("x").shape(), (Shape{1797, 1, 8, 8}));
  EXPECT_EQ(tensors.at("y").type(), DataType::kInt64);
  EXPECT_EQ(tensors.at("train").shape(), (Shape{1437}));
  EXPECT_EQ(tensors.at("test").shape(), (Shape{360}));
  for (const float pixel : tensors.at("x").values<float>()) ASSERT_TRUE(pixel >= 0 && pixel <= 1);
  for (const int64_t digit : tensors.at("y").values<int64_t>())
    ASSERT_TRUE(digit >= 0 && digit < 10);
}

TEST(TensorFile, AnArrayGetsTheNameInFrontOfItsFile) {
  const TestFolder folder;
  const std::string path = folder.write("a=b.npy", npy("|u1", "(2,)", "xy"));
  const auto tensors = named_tensors("input/x:0=" + path);
  ASSERT_EQ(tensors.size(), 1);
  EXPECT_EQ(tensors.begin()->first, "input/x:0");
  expect_error([&] { (void)named_tensors(folder.path("c.npy")); }, "expected NAME=c.npy");
  expect_error([&] { (void)named_tensors("=" + path); }, "holds no name");
}

TEST(TensorFile, ErrorsNameTheFile) {
  const TestFolder folder;
  for (const char* name : {"t.npz", "t.safetensors", "t.npy"}) {
    const std::string path = folder.write(name, "x");
    expect_error([&] { (void)named_tensors(name == std::string("t.npy") ? "a=" + path : path); },
                 path + ": ");
  }
  expect_error([] { (void)named_tensors("t.csv"); }, "t.csv: expected .npz");
  expect_error([] { (void)named_tensors("none.npz"); }, "none.npz: cannot be opened");
}

}  // namespace
}  // namespace twingrad
