#include "parity/digest.h"

#include <gtest/gtest.h>

namespace twingrad {
namespace {

NamedData sample_model() {
  return {{"x", Tensor::of<float>({2}, {1, -2})}, {"s", Tensor::of_strings({2}, {"a", "bc"})}};
}

// By hashlib: sha256(b"s string[2] <of the strings>\nx float[2] <of the floats>\n").
TEST(Digest, IsThatOfTheListOfTensors) {
  EXPECT_EQ(digest_of(sample_model()),
            "3e864f0899fcfd1fbaae4e3537c7ebd62f852cc4c4e6c9b31458d9d0ab359368");
}

TEST(Digest, DiffersWithNameTypeShapeAndBits) {
  const auto with = [](const std::string& name, const Tensor& tensor) {
    return digest_of({{name, tensor}});
  };
  const std::string one = with("x", Tensor::of<float>({2}, {1, 0}));
  EXPECT_EQ(one, with("x", Tensor::of<float>({2}, {1, 0})));
  EXPECT_NE(one, with("y", Tensor::of<float>({2}, {1, 0})));
  EXPECT_NE(one, with("x", Tensor::of<float>({1, 2}, {1, 0})));
  EXPECT_NE(one, with("x", Tensor::of<float>({2}, {1, -0.0F})));
  EXPECT_NE(with("x", Tensor::of<float>({1}, {0})), with("x", Tensor::of<int32_t>({1}, {0})));
  EXPECT_NE(with("x", Tensor::of_strings({2}, {"a", "bc"})),
            with("x", Tensor::of_strings({2}, {"ab", "c"})));
}

}  // namespace
}  // namespace twingrad
