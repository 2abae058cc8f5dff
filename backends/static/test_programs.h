#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "backends/eager.h"
#include "backends/static/program.h"
#include "ir/replay.h"

namespace twingrad {

// For tests: the outputs of a graph when it is executed node by node.
inline std::vector<Datum> eager_outputs(const Graph& graph, std::span<const Datum> inputs,
                                        const Backend& backend = reference_backend(),
                                        uint64_t seed = 0) {
  ThreadPool pool(1);
  Graph tape;
  Eager eager(tape, {.backend = &backend, .pool = &pool, .seed = seed});
  std::vector<ValueId> ids;
  for (size_t i = 0; i < inputs.size(); ++i) {
    ids.push_back(eager.input("input" + std::to_string(i), inputs[i]));
  }
  std::vector<Datum> outputs;
  for (const ValueId id : replay(graph, eager, ids)) outputs.push_back(eager.datum(id));
  return outputs;
}

inline void expect_identical(std::span<const Datum> found, std::span<const Datum> expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_TRUE(found[i].is_tensor() && expected[i].is_tensor()) << "output " << i;
    const Tensor& a = found[i].tensor();
    const Tensor& b = expected[i].tensor();
    EXPECT_TRUE(identical(a, b)) << "output " << i << ": " << a.shape() << ", expected "
                                 << b.shape();
  }
}

// Numbers from -2 to 2 without a pattern, the same for equal seeds.
inline Tensor scattered(Shape shape, uint64_t seed, DataType type = DataType::kFloat) {
  Tensor tensor(type, std::move(shape));
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    set_element(tensor, i, static_cast<double>(seed >> 40) / (1 << 22) - 2);
  }
  return tensor;
}

inline Type float_type(PartialShape shape) {
  return Type::tensor(DataType::kFloat, std::move(shape));
}

}  // namespace twingrad
