#include <gtest/gtest.h>

#include <random>

#include "backends/reference/evaluate.h"
#include "ir/precision.h"

namespace twingrad {
namespace {

Tensor drawn_half(DataType type, const Shape& shape, uint32_t seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Tensor tensor(DataType::kFloat, shape);
  for (float& value : tensor.values<float>()) value = uniform(generator);
  return with_precision(tensor, type);
}

Tensor on_openblas(const Application& application) {
  Graph graph;
  ThreadPool pool(2);
  Eager eager(graph, {&openblas_backend(), &pool, nullptr, application.seed});
  return tensors_of(eager, emit_application(eager, application))[0];
}

TEST(HalfKernels, RoundTheResultOfFloatOnce) {
  const Attributes padded{{"pads", std::vector<int64_t>{1, 1, 1, 1}}};
  const Attributes window{{"kernel_shape", std::vector<int64_t>{2, 2}}};
  for (const DataType type : {DataType::kFloat16, DataType::kBfloat16}) {
    const Tensor image = drawn_half(type, {2, 3, 9, 7}, 1);
    const Tensor kernel = drawn_half(type, {4, 3, 3, 3}, 2);
    const Tensor left = drawn_half(type, {33, 65}, 3);
    const Tensor right = drawn_half(type, {65, 20}, 4);
    for (const Application& half :
         {Application{.op = "Conv", .inputs = {image, kernel}, .attributes = padded},
          Application{.op = "MatMul", .inputs = {left, right}},
          Application{.op = "MaxPool", .inputs = {image}, .attributes = window}}) {
      Application wide = half;
      for (Tensor& input : wide.inputs) input = with_precision(input, DataType::kFloat);
      const Tensor found = on_openblas(half);
      const Tensor expected = with_precision(on_openblas(wide), type);
      ASSERT_EQ(found.type(), type);
      ASSERT_EQ(found.shape(), expected.shape());
      EXPECT_TRUE(std::ranges::equal(found.bytes(), expected.bytes())) << half.op;
    }
  }
}

TEST(HalfKernels, LeaveOtherTypesOfANodeAsTheyAre) {
  const Tensor image = drawn_half(DataType::kFloat16, {1, 1, 4, 4}, 1);
  Graph graph;
  ThreadPool pool(1);
  Eager eager(graph, {&openblas_backend(), &pool, nullptr, 1});
  const Application pooling{.op = "MaxPool",
                            .inputs = {image},
                            .attributes = {{"kernel_shape", std::vector<int64_t>{4, 4}}},
                            .output_count = 2};
  const std::vector<Tensor> found = tensors_of(eager, emit_application(eager, pooling));
  ASSERT_EQ(found[1].type(), DataType::kInt64);
  const int64_t at = found[1].data<int64_t>()[0];
  EXPECT_EQ(element_as_double(found[0], 0), element_as_double(image, at));
}

}  // namespace
}  // namespace twingrad
