// The float32 routines of the openblas backend at the layer shapes of mlp, cnn and resnet18.
// kernels_torch.py measures the same cases, by the same names, in PyTorch; kernels.md has both.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "backends/openblas/batch_norm.h"
#include "backends/openblas/conv2d.h"
#include "backends/openblas/elementwise.h"
#include "backends/openblas/gemm.h"
#include "backends/openblas/pool2d.h"
#include "backends/openblas/reductions.h"
#include "backends/thread_pool.h"

namespace twingrad {
namespace {

std::vector<float> values(int64_t count) {
  std::vector<float> out(static_cast<size_t>(count));
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(i * 7919 % 1000) / 500 - 1;
  return out;
}

std::vector<float> space(int64_t count) {
  return std::vector<float>(static_cast<size_t>(count));
}

void count_flops(benchmark::State& state, int64_t multiplications) {
  state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * static_cast<double>(multiplications),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

template <typename Body>
void add(const std::string& name, Body body) {
  for (int threads : {1, 2}) {
    benchmark::RegisterBenchmark((name + "/" + std::to_string(threads)).c_str(),
                                 [body, threads](benchmark::State& state) {
                                   ThreadPool pool(threads);
                                   body(state, pool);
                                 })
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

struct MatrixCase {
  const char* name;
  int64_t m, n, k;
  bool transpose_a, transpose_b;
};

void add_gemm(const MatrixCase& c) {
  add(std::string("gemm/") + c.name, [c](benchmark::State& state, ThreadPool& pool) {
    const auto a = values(c.m * c.k);
    const auto b = values(c.n * c.k);
    auto out = space(c.m * c.n);
    auto workspace = space(sgemm_workspace(pool.threads()));
    Gemm<float> g;
    g.transpose_a = c.transpose_a;
    g.transpose_b = c.transpose_b;
    g.m = c.m;
    g.n = c.n;
    g.k = c.k;
    g.a = a.data();
    g.lda = c.transpose_a ? c.m : c.k;
    g.b = b.data();
    g.ldb = c.transpose_b ? c.k : c.n;
    g.c = out.data();
    g.ldc = c.n;
    for (auto _ : state) sgemm(g, pool, workspace.data());
    count_flops(state, c.m * c.n * c.k);
  });
}

struct ConvCase {
  const char* name;
  int64_t batch, channels, size, outputs, kernel, stride, pad;
};

Conv2d conv_of(const ConvCase& c) {
  const int64_t out = (c.size + 2 * c.pad - c.kernel) / c.stride + 1;
  return {.batch = c.batch,
          .in_channels = c.channels,
          .in_h = c.size,
          .in_w = c.size,
          .out_channels = c.outputs,
          .out_h = out,
          .out_w = out,
          .kernel_h = c.kernel,
          .kernel_w = c.kernel,
          .stride_h = c.stride,
          .stride_w = c.stride,
          .pad_top = c.pad,
          .pad_left = c.pad};
}

void add_conv(const ConvCase& c) {
  const Conv2d conv = conv_of(c);
  const int64_t x_size = conv.batch * conv.in_channels * conv.in_h * conv.in_w;
  const int64_t y_size = conv.batch * conv.out_channels * conv.out_h * conv.out_w;
  const int64_t w_size = conv.out_channels * conv.in_channels * conv.kernel_h * conv.kernel_w;
  const int64_t work = y_size * conv.in_channels * conv.kernel_h * conv.kernel_w;
  add(std::string("conv/") + c.name, [=](benchmark::State& state, ThreadPool& pool) {
    const auto x = values(x_size);
    const auto w = values(w_size);
    const auto bias = values(conv.out_channels);
    auto y = space(y_size);
    auto workspace = space(conv2d_workspace(conv, pool.threads()));
    for (auto _ : state) {
      conv2d(conv, x.data(), w.data(), bias.data(), false, y.data(), pool, workspace.data());
    }
    count_flops(state, work);
  });
  add(std::string("conv_data_gradient/") + c.name, [=](benchmark::State& state, ThreadPool& pool) {
    const auto dy = values(y_size);
    const auto w = values(w_size);
    auto dx = space(x_size);
    auto workspace = space(conv2d_data_gradient_workspace(conv, pool.threads()));
    for (auto _ : state) {
      conv2d_data_gradient(conv, dy.data(), w.data(), dx.data(), pool, workspace.data());
    }
    count_flops(state, work);
  });
  add(std::string("conv_weight_gradient/") + c.name,
      [=](benchmark::State& state, ThreadPool& pool) {
        const auto x = values(x_size);
        const auto dy = values(y_size);
        auto dw = space(w_size);
        auto workspace = space(conv2d_weight_gradient_workspace(conv, pool.threads()));
        for (auto _ : state) {
          conv2d_weight_gradient(conv, x.data(), dy.data(), dw.data(), pool, workspace.data());
        }
        count_flops(state, work);
      });
}

void add_batch_norm(const std::string& name, const BatchNorm& norm) {
  const int64_t size = norm.batch * norm.channels * norm.inner;
  add("batch_norm/" + name, [=](benchmark::State& state, ThreadPool& pool) {
    const auto x = values(size);
    const auto parameters = values(norm.channels);
    auto y = space(size);
    auto mean = space(norm.channels);
    auto variance = space(norm.channels);
    auto inverse = space(norm.channels);
    for (auto _ : state) {
      batch_norm_training(norm, x.data(), parameters.data(), parameters.data(), 1e-5F, y.data(),
                          mean.data(), variance.data(), inverse.data(), pool);
    }
  });
  add("batch_norm_gradient/" + name, [=](benchmark::State& state, ThreadPool& pool) {
    const auto x = values(size);
    const auto dy = values(size);
    const auto parameters = values(norm.channels);
    auto dx = space(size);
    auto dscale = space(norm.channels);
    auto dbias = space(norm.channels);
    for (auto _ : state) {
      batch_norm_gradient(norm, x.data(), dy.data(), parameters.data(), parameters.data(),
                          parameters.data(), parameters.data(), dx.data(), dscale.data(),
                          dbias.data(), pool);
    }
  });
}

void add_max_pool(const std::string& name, const Pool2d& shape) {
  const int64_t in = shape.planes * shape.in_h * shape.in_w;
  const int64_t out = shape.planes * shape.out_h * shape.out_w;
  add("max_pool/" + name, [=](benchmark::State& state, ThreadPool& pool) {
    const auto x = values(in);
    auto y = space(out);
    std::vector<int64_t> indices(static_cast<size_t>(out));
    for (auto _ : state) max_pool2d(shape, x.data(), y.data(), indices.data(), pool);
  });
  add("max_pool_gradient/" + name, [=](benchmark::State& state, ThreadPool& pool) {
    const auto x = values(in);
    const auto dy = values(out);
    auto dx = space(in);
    for (auto _ : state) max_pool2d_gradient(shape, x.data(), dy.data(), dx.data(), pool);
  });
}

// Blocks of 16384 elements, as a caller would hand them out.
template <typename Run>
void over_blocks(int64_t n, ThreadPool& pool, Run run) {
  constexpr int64_t kBlock = int64_t{16} * 1024;
  pool.parallel_for((n + kBlock - 1) / kBlock, [&](int64_t item, int) {
    run(item * kBlock, std::min(kBlock, n - item * kBlock));
  });
}

void add_unary(const std::string& name, UnaryKernel kernel) {
  for (int64_t n : {64 * 1024, 8 * 1024 * 1024}) {
    add(name + "/" + std::to_string(n), [=](benchmark::State& state, ThreadPool& pool) {
      const auto x = values(n);
      auto y = space(n);
      for (auto _ : state) {
        over_blocks(n, pool, [&](int64_t at, int64_t count) {
          kernel(x.data() + at, y.data() + at, count);
        });
      }
    });
  }
}

void add_binary(const std::string& name, BinaryKernel kernel) {
  for (int64_t n : {64 * 1024, 8 * 1024 * 1024}) {
    add(name + "/" + std::to_string(n), [=](benchmark::State& state, ThreadPool& pool) {
      const auto a = values(n);
      const auto b = values(n);
      auto out = space(n);
      for (auto _ : state) {
        over_blocks(n, pool, [&](int64_t at, int64_t count) {
          kernel(a.data() + at, 1, b.data() + at, 1, out.data() + at, count);
        });
      }
    });
  }
}

void add_rows() {
  add("softmax/1024x1000", [](benchmark::State& state, ThreadPool& pool) {
    const auto x = values(int64_t{1024} * 1000);
    auto y = space(int64_t{1024} * 1000);
    for (auto _ : state) softmax_rows(x.data(), 1024, 1000, y.data(), pool);
  });
  add("sum_columns/1024x1024", [](benchmark::State& state, ThreadPool& pool) {
    const auto x = values(int64_t{1024} * 1024);
    auto y = space(1024);
    for (auto _ : state) sum_columns(x.data(), 1024, 1024, y.data(), pool);
  });
  add("sum_rows/1024x1024", [](benchmark::State& state, ThreadPool& pool) {
    const auto x = values(int64_t{1024} * 1024);
    auto y = space(1024);
    for (auto _ : state) sum_rows(x.data(), 1024, 1024, y.data(), pool);
  });
  add("fork_join", [](benchmark::State& state, ThreadPool& pool) {
    for (auto _ : state) pool.parallel_for(2, [](int64_t, int) {});
  });
}

void add_all() {
  for (const MatrixCase& c :
       std::initializer_list<MatrixCase>{{"64x512x784_nt", 64, 512, 784, false, true},
                                         {"64x784x512_nn", 64, 784, 512, false, false},
                                         {"512x784x64_tn", 512, 784, 64, true, false},
                                         {"64x256x512_nt", 64, 256, 512, false, true},
                                         {"32x128x9216_nt", 32, 128, 9216, false, true},
                                         {"32x9216x128_nn", 32, 9216, 128, false, false},
                                         {"128x9216x32_tn", 128, 9216, 32, true, false},
                                         {"8x1000x512_nt", 8, 1000, 512, false, true},
                                         {"1x4096x4096_nt", 1, 4096, 4096, false, true},
                                         {"512x512x512_nn", 512, 512, 512, false, false},
                                         {"1024x1024x1024_nn", 1024, 1024, 1024, false, false}}) {
    add_gemm(c);
  }
  for (const ConvCase& c :
       std::initializer_list<ConvCase>{{"32x1x28-32k3", 32, 1, 28, 32, 3, 1, 0},
                                       {"32x32x26-64k3", 32, 32, 26, 64, 3, 1, 0},
                                       {"8x3x224-64k7s2", 8, 3, 224, 64, 7, 2, 3},
                                       {"8x64x56-64k3", 8, 64, 56, 64, 3, 1, 1},
                                       {"8x64x56-128k3s2", 8, 64, 56, 128, 3, 2, 1},
                                       {"8x64x56-128k1s2", 8, 64, 56, 128, 1, 2, 0},
                                       {"8x128x28-128k3", 8, 128, 28, 128, 3, 1, 1},
                                       {"8x128x28-256k3s2", 8, 128, 28, 256, 3, 2, 1},
                                       {"8x128x28-256k1s2", 8, 128, 28, 256, 1, 2, 0},
                                       {"8x256x14-256k3", 8, 256, 14, 256, 3, 1, 1},
                                       {"8x256x14-512k3s2", 8, 256, 14, 512, 3, 2, 1},
                                       {"8x256x14-512k1s2", 8, 256, 14, 512, 1, 2, 0},
                                       {"8x512x7-512k3", 8, 512, 7, 512, 3, 1, 1}}) {
    add_conv(c);
  }
  add_batch_norm("8x64x12544", {8, 64, 12544, false});
  add_batch_norm("8x64x3136", {8, 64, 3136, false});
  add_batch_norm("8x512x49", {8, 512, 49, false});
  add_max_pool("8x64x112k3s2", {512, 112, 112, 56, 56, 3, 3, 2, 2, 1, 1, 1, 1});
  add_max_pool("32x64x24k2s2", {2048, 24, 24, 12, 12, 2, 2, 2, 2, 1, 1, 0, 0});
  const ElementwiseKernels& e = elementwise_kernels();
  add_binary("add", e.add);
  add_binary("relu_gradient", e.relu_gradient);
  add_unary("relu", e.relu);
  add_unary("exp", e.exp);
  add_unary("log", e.log);
  add_unary("tanh", e.tanh);
  add_unary("sigmoid", e.sigmoid);
  add_unary("erf", e.erf);
  add_rows();
}

}  // namespace
}  // namespace twingrad

int main(int argc, char** argv) {
  twingrad::add_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
