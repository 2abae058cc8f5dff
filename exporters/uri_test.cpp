#include "exporters/uri.h"

#include <gtest/gtest.h>

namespace twingrad {
namespace {

TEST(Uri, PathsBecomeReferences) {
  EXPECT_EQ(uri_of_path("models/cnn-1.onnx"), "models/cnn-1.onnx");
  EXPECT_EQ(uri_of_path("/tmp/m.onnx"), "file:///tmp/m.onnx");
  EXPECT_EQ(uri_of_path("a b/50%#?.onnx"), "a%20b/50%25%23%3F.onnx");
  EXPECT_EQ(uri_of_path("c:x"), "c%3Ax");  // not a scheme
  EXPECT_EQ(uri_of_path("\xc3\xa9"), "%C3%A9");
}

}  // namespace
}  // namespace twingrad
