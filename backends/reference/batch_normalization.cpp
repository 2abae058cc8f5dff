#include <cmath>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// Data of shape [batch, channels, inner], whatever the rank.
struct Channels {
  int64_t batch;
  int64_t channels;
  int64_t inner;

  explicit Channels(const Shape& shape)
      : batch(shape.rank() > 0 ? shape[0] : 1),
        channels(shape.rank() > 1 ? shape[1] : 1),
        inner(shape.rank() > 1 ? shape.product(2, shape.rank()) : 1) {}
  int64_t offset(int64_t image, int64_t channel) const {
    return (image * channels + channel) * inner;
  }
  int64_t per_channel() const { return batch * inner; }
};

// The sum of f(i) over the elements i of a channel: blocks of a fixed size first, so that the error
// stays small and the order is always the same.
template <typename A, typename F>
A channel_sum(const Channels& shape, int64_t channel, F f) {
  constexpr int64_t kBlock = 256;
  A total{};
  A block{};
  int64_t filled = 0;
  for (int64_t image = 0; image < shape.batch; ++image) {
    const int64_t first = shape.offset(image, channel);
    for (int64_t i = first; i < first + shape.inner; ++i) {
      block += f(i);
      if (++filled < kBlock) continue;
      total += block;
      block = A{};
      filled = 0;
    }
  }
  return total + block;
}

template <typename F>
void for_each_in_channel(const Channels& shape, int64_t channel, F f) {
  for (int64_t image = 0; image < shape.batch; ++image) {
    const int64_t first = shape.offset(image, channel);
    for (int64_t i = first; i < first + shape.inner; ++i) f(i);
  }
}

void inference(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const Channels shape(x.shape());
  const float epsilon = context.attributes().real("epsilon");
  dispatch_floats(x.type(), [&]<typename T>() {
    using A = Arithmetic<T>;
    const auto entry = [&](size_t i, int64_t c) { return load(context.input(i).data<T>()[c]); };
    context.pool.parallel_for(shape.channels, [&](int64_t c, int) {
      const A factor = entry(1, c) / std::sqrt(entry(4, c) + static_cast<A>(epsilon));
      const A bias = entry(2, c);
      const A mean = entry(3, c);
      const T* data = x.data<T>();
      T* y = context.output().data<T>();
      for_each_in_channel(
          shape, c, [&](int64_t i) { y[i] = store<T>((load(data[i]) - mean) * factor + bias); });
    });
  });
}

void training(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const Channels shape(x.shape());
  const float epsilon = context.attributes().real("epsilon");
  dispatch_floats(x.type(), [&]<typename T>() {
    using A = Arithmetic<T>;
    const T* data = x.data<T>();
    const auto put = [&](size_t i, int64_t c, A value) {
      if (context.has_output(i)) context.output(i).data<T>()[c] = store<T>(value);
    };
    context.pool.parallel_for(shape.channels, [&](int64_t c, int) {
      const auto count = static_cast<A>(shape.per_channel());
      const A mean = channel_sum<A>(shape, c, [&](int64_t i) { return load(data[i]); }) / count;
      const auto squared = [&](int64_t i) {
        const A difference = load(data[i]) - mean;
        return difference * difference;
      };
      const A variance = channel_sum<A>(shape, c, squared) / count;
      const A inverse = A{1} / std::sqrt(variance + static_cast<A>(epsilon));
      put(1, c, mean);
      put(2, c, variance);
      put(3, c, inverse);
      if (!context.has_output(0)) return;
      const A scale = load(context.input(1).data<T>()[c]);
      const A bias = load(context.input(2).data<T>()[c]);
      T* y = context.output(0).data<T>();
      for_each_in_channel(shape, c, [&](int64_t i) {
        y[i] = store<T>((load(data[i]) - mean) * inverse * scale + bias);
      });
    });
  });
}

void gradient(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const Channels shape(x.shape());
  check(context.input(4).shape() == x.shape(), "dY of shape ", context.input(4).shape(),
        " for data of shape ", x.shape());
  dispatch_floats(x.type(), [&]<typename T>() {
    using A = Arithmetic<T>;
    const T* data = x.data<T>();
    const T* dy = context.input(4).data<T>();
    context.pool.parallel_for(shape.channels, [&](int64_t c, int) {
      const A scale = load(context.input(1).data<T>()[c]);
      const A mean = load(context.input(2).data<T>()[c]);
      const A inverse = load(context.input(3).data<T>()[c]);
      const auto normalized = [&](int64_t i) { return (load(data[i]) - mean) * inverse; };
      const A sum = channel_sum<A>(shape, c, [&](int64_t i) { return load(dy[i]); });
      const A product =
          channel_sum<A>(shape, c, [&](int64_t i) { return load(dy[i]) * normalized(i); });
      if (context.has_output(1)) context.output(1).data<T>()[c] = store<T>(product);
      if (context.has_output(2)) context.output(2).data<T>()[c] = store<T>(sum);
      if (!context.has_output(0)) return;
      const auto count = static_cast<A>(shape.per_channel());
      T* dx = context.output(0).data<T>();
      for_each_in_channel(shape, c, [&](int64_t i) {
        const A inner = load(dy[i]) - sum / count - normalized(i) * (product / count);
        dx[i] = store<T>(scale * inverse * inner);
      });
    });
  });
}

}  // namespace

std::vector<KernelRow> reference_batch_normalization_kernels() {
  const auto row = [](std::string_view op, KernelFunction run) {
    return KernelRow{.op = op, .types = kFloatTypes, .run = run, .domain = kInternalDomain};
  };
  return {
      row("BatchNormalizationInference", inference),
      row("BatchNormalizationTraining", training),
      row("BatchNormalizationGradient", gradient),
  };
}

}  // namespace twingrad
