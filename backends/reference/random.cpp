#include "ir/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

constexpr int64_t kDrawnPiece = 4096;

// The node's own `seed` is its stream if it has one: nodes of equal seeds draw the same.
RandomStream stream_of(const KernelContext& context) {
  const Attributes& attributes = context.attributes();
  const AttributeValue* seed = attributes.find("seed");
  if (seed == nullptr) {
    return {context.seed, static_cast<uint64_t>(attributes.integer("stream"))};
  }
  // Apart from the streams, which are small numbers.
  constexpr uint64_t kSeeded = uint64_t{1} << 63;
  const auto* real = std::get_if<float>(seed);
  const uint64_t bits = real != nullptr ? std::bit_cast<uint32_t>(*real)
                                        : static_cast<uint64_t>(std::get<int64_t>(*seed));
  return {context.seed, kSeeded ^ bits};
}

template <typename F>
void for_each_element(const KernelContext& context, int64_t count, F f) {
  context.pool.parallel_for((count + kDrawnPiece - 1) / kDrawnPiece, [&](int64_t piece, int) {
    const int64_t last = std::min((piece + 1) * kDrawnPiece, count);
    for (int64_t i = piece * kDrawnPiece; i < last; ++i) f(i);
  });
}

// Of 8-bit floats, which are rounded to once.
void drop_small(const KernelContext& context, const RandomStream& stream, double ratio) {
  const Tensor& data = context.input(0);
  for_each_element(context, data.element_count(), [&](int64_t i) {
    const bool keep = ratio == 0 || stream.uniform(static_cast<uint64_t>(i)) >= ratio;
    if (context.has_output(1)) context.output(1).data<bool>()[i] = keep;
    if (!context.has_output(0)) return;
    const double scaled = element_as_double(data, i) / (1 - ratio);
    set_element(context.output(0), i, keep ? scaled : 0);
  });
}

void dropout(const KernelContext& context) {
  const Tensor& data = context.input(0);
  const bool training = context.has_input(2) && element_as_double(context.input(2), 0) != 0;
  const double given = context.has_input(1) ? element_as_double(context.input(1), 0) : 0.5;
  check(!training || (given >= 0 && given < 1), "the ratio must be in [0, 1), found ", given);
  const double ratio = training ? given : 0;
  const RandomStream stream = stream_of(context);
  if (kFloat8Types.contains(data.type())) return drop_small(context, stream, ratio);
  bool* mask = context.has_output(1) ? context.output(1).data<bool>() : nullptr;
  dispatch_floats(data.type(), [&]<typename T>() {
    using A = Arithmetic<T>;
    const A scale = static_cast<A>(1 / (1 - ratio));
    const T* x = data.data<T>();
    T* y = context.has_output(0) ? context.output(0).data<T>() : nullptr;
    for_each_element(context, data.element_count(), [&](int64_t i) {
      const bool keep = ratio == 0 || stream.uniform(static_cast<uint64_t>(i)) >= ratio;
      if (mask != nullptr) mask[i] = keep;
      if (y == nullptr) return;
      y[i] = ratio == 0 ? x[i] : store<T>(keep ? load(x[i]) * scale : A{});
    });
  });
}

template <typename F>
void fill(const KernelContext& context, F draw) {
  Tensor& output = context.output();
  const RandomStream stream = stream_of(context);
  dispatch_floats(output.type(), [&]<typename T>() {
    T* y = output.data<T>();
    for_each_element(context, output.element_count(), [&](int64_t i) {
      y[i] = store<T>(static_cast<Arithmetic<T>>(draw(stream, static_cast<uint64_t>(i))));
    });
  });
}

void random_normal(const KernelContext& context) {
  const auto mean = static_cast<double>(context.attributes().real("mean"));
  const auto scale = static_cast<double>(context.attributes().real("scale"));
  fill(context, [=](const RandomStream& s, uint64_t i) { return mean + scale * s.normal(i); });
}

void random_uniform(const KernelContext& context) {
  const auto low = static_cast<double>(context.attributes().real("low"));
  const auto high = static_cast<double>(context.attributes().real("high"));
  fill(context,
       [=](const RandomStream& s, uint64_t i) { return low + (high - low) * s.uniform(i); });
}

void bernoulli(const KernelContext& context) {
  const Tensor& chance = context.input(0);
  Tensor& output = context.output();
  const RandomStream stream = stream_of(context);
  for_each_element(context, output.element_count(), [&](int64_t i) {
    const bool drawn = stream.uniform(static_cast<uint64_t>(i)) < element_as_double(chance, i);
    set_element(output, i, drawn ? 1 : 0);
  });
}

// The cumulative chances of one row for every thread.
size_t multinomial_workspace(const KernelContext& context) {
  if (context.input(0).element_count() == 0) return 0;
  return static_cast<size_t>(context.pool.threads()) *
         static_cast<size_t>(context.input(0).shape()[1]) * sizeof(double);
}

// The inputs are logarithms of chances that need not sum to one.
void fill_cumulative(const Tensor& logarithms, int64_t row, std::span<double> sums) {
  const int64_t first = row * std::ssize(sums);
  double most = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < std::ssize(sums); ++i) {
    most = std::max(most, element_as_double(logarithms, first + i));
  }
  check(std::isfinite(most), "row ", row, " has no class that can be drawn");
  double sum = 0;
  for (int64_t i = 0; i < std::ssize(sums); ++i) {
    sum += std::exp(element_as_double(logarithms, first + i) - most);
    sums[static_cast<size_t>(i)] = sum;
  }
  check(std::isfinite(sum), "row ", row, " has a chance that is not a number");
}

void multinomial(const KernelContext& context) {
  const Tensor& input = context.input(0);
  Tensor& output = context.output();
  const auto classes = static_cast<size_t>(input.shape()[1]);
  const int64_t samples = output.shape()[1];
  const RandomStream stream = stream_of(context);
  context.pool.parallel_for(output.shape()[0], [&](int64_t row, int worker) {
    const std::span<double> sums(
        reinterpret_cast<double*>(context.workspace.data()) + static_cast<size_t>(worker) * classes,
        classes);
    fill_cumulative(input, row, sums);
    for (int64_t i = row * samples; i < (row + 1) * samples; ++i) {
      const double drawn = stream.uniform(static_cast<uint64_t>(i)) * sums.back();
      // The first class whose sum is above; the draw is below the last one but for rounding.
      const auto found = std::upper_bound(sums.begin(), sums.end() - 1, drawn);
      set_element(output, i, static_cast<double>(found - sums.begin()));
    }
  });
}

}  // namespace

std::vector<KernelRow> reference_random_kernels() {
  return {
      {.op = "Dropout", .types = kFloatTypes | kFloat8Types, .run = dropout},
      {.op = "RandomNormal", .types = kFloatTypes, .run = random_normal},
      {.op = "RandomUniform", .types = kFloatTypes, .run = random_uniform},
      {.op = "RandomNormalLike", .types = kAllTypes, .run = random_normal},
      {.op = "RandomUniformLike", .types = kAllTypes, .run = random_uniform},
      {.op = "Bernoulli", .types = kFloatTypes, .run = bernoulli},
      {.op = "Multinomial",
       .types = kFloatTypes,
       .run = multinomial,
       .workspace = multinomial_workspace},
  };
}

}  // namespace twingrad
