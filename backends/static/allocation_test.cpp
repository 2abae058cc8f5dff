#include <atomic>
#include <cstdlib>
#include <new>

#include "backends/static/static_executor.h"
#include "backends/static/test_programs.h"
#include "ir/expression.h"

namespace {

std::atomic<size_t> allocations{0};

void* counted(size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory = std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// Every vector, and the control block of every tensor's storage, comes from here.
void* operator new(size_t bytes) {
  return counted(bytes);
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(bytes);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace twingrad {
namespace {

// Kernels of the reference backend may allocate, so only elementwise operators and views are used.
TEST(Program, AllocatesNothingInASteadyRun) {
  Graph graph;
  Builder builder(graph);
  const Expr x(builder, builder.input("x", float_type({64, 33})));
  const ValueId w = builder.initializer("w", scattered({33}, 1));
  const ValueId s = builder.initializer("s", scattered({64, 33}, 1));
  const Expr y = reshape((x * Expr(builder, w)).apply("Tanh"), std::vector<int64_t>{33, 64});
  const Expr z = exp(y) + y;
  graph.set_outputs({z.id(), reshape(x, std::vector<int64_t>{-1}).id()});
  const std::vector<Update> updates{{w, (Expr(builder, w) * 0.5).id()},
                                    {s, (Expr(builder, s) + x).id()}};
  ThreadPool pool(2);
  StaticExecutor executor(graph, updates, reference_backend(), pool);
  const std::vector<Datum> inputs{scattered({64, 33}, 3)};
  const std::vector<Datum> others{scattered({64, 33}, 4)};
  executor.run_views(inputs);
  executor.run_views(others);
  const size_t before = allocations;
  for (int run = 0; run < 10; ++run) executor.run_views(run % 2 == 0 ? inputs : others);
  EXPECT_EQ(allocations - before, 0U);
}

}  // namespace
}  // namespace twingrad
