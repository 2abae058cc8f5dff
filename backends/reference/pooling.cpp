#include <algorithm>

#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"
#include "backends/reference/window_lines.h"

namespace twingrad {
namespace {

// The planes (one for every image and channel) of a pooling from x to y.
struct Pooling {
  const Shape& x;
  const Shape& y;
  SlidingWindow window;

  int64_t planes() const { return x[0] * x[1]; }
  int64_t x_plane() const { return x.product(2, x.rank()); }
  int64_t y_plane() const { return y.product(2, y.rank()); }
  WindowLines lines() const { return {window, spatial_extents(x), spatial_extents(y)}; }
};

Pooling pooling(const KernelContext& context, const Shape& x, const Shape& y) {
  const auto& kernel = context.attributes().integers("kernel_shape");
  check(x.rank() == static_cast<int64_t>(kernel.size()) + 2 && y.rank() == x.rank() &&
            x[0] == y[0] && x[1] == y[1],
        "an input of shape ", x, " and an output of shape ", y, " are of no pooling");
  Pooling pool{x, y, resolved_window(context.attributes(), kernel, spatial_extents(x))};
  SlidingWindow counting = pool.window;
  counting.ceil_mode = context.attributes().flag("ceil_mode");
  for (size_t i = 0; i < counting.rank(); ++i) {
    const auto axis = static_cast<int64_t>(i) + 2;
    check(window_count(counting, i, x[axis]).is(y[axis]), "an input of shape ", x,
          " and an output of shape ", y, " are of no pooling");
  }
  return pool;
}

size_t plane_workspace(const KernelContext& context, const Shape& shape) {
  return static_cast<size_t>(context.pool.threads()) *
         static_cast<size_t>(shape.product(2, shape.rank())) * sizeof(double);
}

// A plane of 8-byte items for every worker.
template <typename T>
T* pooling_plane(const KernelContext& context, int worker, int64_t plane) {
  return reinterpret_cast<T*>(context.workspace.data()) + worker * plane;
}

// --- Maximum

// Where in its plane the first maximum of every window is, in row-major order of the window, but
// the last NaN if there is one (as PyTorch). -1: nothing but padding.
template <typename T>
void find_maxima(const WindowLines& lines, const T* x, int64_t* found, int64_t windows) {
  std::fill_n(found, windows, -1);
  for_each_line(lines, [&](int64_t in, int64_t out, int64_t) {
    int64_t* line = found + out * lines.output_length();
    for (int64_t k = 0; k < lines.last().kernel; ++k) {
      const auto [begin, end] = lines.outputs_inside(k);
      const int64_t first =
          in * lines.input_length() + k * lines.last().dilation - lines.last().pad_begin;
      for (int64_t o = begin; o < end; ++o) {
        const int64_t index = first + o * lines.last().stride;
        if (line[o] < 0) {
          line[o] = index;
          continue;
        }
        const auto best = load(x[line[o]]);
        const auto value = load(x[index]);
        if (value > best || is_nan(value)) line[o] = index;
      }
    }
  });
}

// The index of an element in ONNX's storage order 1: the first spatial axis changes fastest.
int64_t column_major(int64_t index, std::span<const int64_t> extents) {
  int64_t result = 0;
  for (size_t axis = extents.size(); axis-- > 0;) {
    int64_t step = 1;
    for (size_t before = 0; before < axis; ++before) step *= extents[before];
    result += index % extents[axis] * step;
    index /= extents[axis];
  }
  return result;
}

template <typename T>
T lowest() {
  if constexpr (std::is_integral_v<T>) return std::numeric_limits<T>::min();
  return store<T>(-std::numeric_limits<Arithmetic<T>>::infinity());
}

void write_indices(const KernelContext& context, const Pooling& pool, int64_t plane,
                   const int64_t* found) {
  const bool columns = context.attributes().flag("storage_order");
  int64_t* indices = context.output(1).data<int64_t>() + plane * pool.y_plane();
  for (int64_t o = 0; o < pool.y_plane(); ++o) {
    const int64_t index =
        columns && found[o] >= 0 ? column_major(found[o], spatial_extents(pool.x)) : found[o];
    indices[o] = index < 0 ? -1 : plane * pool.x_plane() + index;
  }
}

template <typename F>
void dispatch_pooled(DataType type, F f) {
  if (type == DataType::kInt8) return f.template operator()<int8_t>();
  if (type == DataType::kUint8) return f.template operator()<uint8_t>();
  dispatch_floats(type, f);
}

void max_pool(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const Tensor* shaped = context.has_output(0) ? context.outputs[0] : context.outputs[1];
  const Pooling pool = pooling(context, x.shape(), shaped->shape());
  const WindowLines lines = pool.lines();
  const int64_t windows = pool.y_plane();
  dispatch_pooled(x.type(), [&]<typename T>() {
    context.pool.parallel_for(pool.planes(), [&](int64_t plane, int worker) {
      const T* data = x.data<T>() + plane * pool.x_plane();
      auto* found = pooling_plane<int64_t>(context, worker, windows);
      find_maxima(lines, data, found, windows);
      if (context.has_output(1)) write_indices(context, pool, plane, found);
      if (!context.has_output(0)) return;
      T* y = context.output(0).data<T>() + plane * windows;
      for (int64_t o = 0; o < windows; ++o) y[o] = found[o] < 0 ? lowest<T>() : data[found[o]];
    });
  });
}

size_t max_pool_workspace(const KernelContext& context) {
  return plane_workspace(
      context, context.has_output(0) ? context.output(0).shape() : context.output(1).shape());
}

void max_pool_gradient(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const Tensor& dy = context.input(1);
  const Pooling pool = pooling(context, x.shape(), dy.shape());
  const WindowLines lines = pool.lines();
  const int64_t both = pool.x_plane() + pool.y_plane();
  dispatch_floats(x.type(), [&]<typename T>() {
    context.pool.parallel_for(pool.planes(), [&](int64_t plane, int worker) {
      auto* found = pooling_plane<int64_t>(context, worker, both);
      auto* sums = reinterpret_cast<Arithmetic<T>*>(found + pool.y_plane());
      find_maxima(lines, x.data<T>() + plane * pool.x_plane(), found, pool.y_plane());
      std::fill_n(sums, pool.x_plane(), Arithmetic<T>{});
      const T* g = dy.data<T>() + plane * pool.y_plane();
      for (int64_t o = 0; o < pool.y_plane(); ++o) {
        if (found[o] >= 0) sums[found[o]] += load(g[o]);
      }
      T* dx = context.output().data<T>() + plane * pool.x_plane();
      for (int64_t i = 0; i < pool.x_plane(); ++i) dx[i] = store<T>(sums[i]);
    });
  });
}

size_t max_pool_gradient_workspace(const KernelContext& context) {
  return plane_workspace(context, context.input(0).shape()) +
         plane_workspace(context, context.input(1).shape());
}

// --- Average

// How many elements the average of every window is over, as a number for every axis: their
// product.
class Counts {
 public:
  Counts(const Pooling& pool, bool include_pads) : pool_(pool), include_pads_(include_pads) {}
  int64_t operator()(int64_t window) const {
    int64_t product = 1;
    for (size_t i = pool_.window.rank(); i-- > 0;) {
      const int64_t extent = pool_.y[static_cast<int64_t>(i) + 2];
      product *= along(i, window % extent);
      window /= extent;
    }
    return product;
  }

 private:
  int64_t along(size_t i, int64_t o) const {
    const WindowAxis& axis = pool_.window.axes[i];
    const int64_t input = pool_.x[static_cast<int64_t>(i) + 2];
    const int64_t low = include_pads_ ? -axis.pad_begin : 0;
    const int64_t high = include_pads_ ? input + axis.pad_end : input;
    int64_t count = 0;
    for (int64_t k = 0; k < axis.kernel; ++k) {
      const int64_t index = o * axis.stride - axis.pad_begin + k * axis.dilation;
      count += index >= low && index < high ? 1 : 0;
    }
    return count;
  }

  const Pooling& pool_;
  bool include_pads_;
};

void average_pool(const KernelContext& context) {
  const Tensor& x = context.input(0);
  Tensor& output = context.output();
  const Pooling pool = pooling(context, x.shape(), output.shape());
  const WindowLines lines = pool.lines();
  const Counts counts(pool, context.attributes().flag("count_include_pad"));
  dispatch_floats(x.type(), [&]<typename T>() {
    context.pool.parallel_for(pool.planes(), [&](int64_t plane, int worker) {
      const T* data = x.data<T>() + plane * pool.x_plane();
      auto* sums = pooling_plane<Arithmetic<T>>(context, worker, pool.y_plane());
      std::fill_n(sums, pool.y_plane(), Arithmetic<T>{});
      for_each_line(lines, [&](int64_t in, int64_t out, int64_t) {
        for (int64_t k = 0; k < lines.last().kernel; ++k) {
          const auto [begin, end] = lines.outputs_inside(k);
          const int64_t first =
              in * lines.input_length() + k * lines.last().dilation - lines.last().pad_begin;
          for (int64_t o = begin; o < end; ++o) {
            sums[out * lines.output_length() + o] += load(data[first + o * lines.last().stride]);
          }
        }
      });
      T* y = output.data<T>() + plane * pool.y_plane();
      for (int64_t o = 0; o < pool.y_plane(); ++o) {
        y[o] = store<T>(sums[o] / static_cast<Arithmetic<T>>(counts(o)));
      }
    });
  });
}

void average_pool_gradient(const KernelContext& context) {
  const Tensor& dy = context.input(0);
  Tensor& output = context.output();
  const Pooling pool = pooling(context, output.shape(), dy.shape());
  const WindowLines lines = pool.lines();
  const Counts counts(pool, context.attributes().flag("count_include_pad"));
  dispatch_floats(dy.type(), [&]<typename T>() {
    context.pool.parallel_for(pool.planes(), [&](int64_t plane, int worker) {
      auto* sums = pooling_plane<Arithmetic<T>>(context, worker, pool.x_plane() + pool.y_plane());
      Arithmetic<T>* shares = sums + pool.x_plane();
      std::fill_n(sums, pool.x_plane(), Arithmetic<T>{});
      const T* g = dy.data<T>() + plane * pool.y_plane();
      for (int64_t o = 0; o < pool.y_plane(); ++o) {
        shares[o] = load(g[o]) / static_cast<Arithmetic<T>>(counts(o));
      }
      for_each_line(lines, [&](int64_t in, int64_t out, int64_t) {
        for (int64_t k = 0; k < lines.last().kernel; ++k) {
          const auto [begin, end] = lines.outputs_inside(k);
          const int64_t first =
              in * lines.input_length() + k * lines.last().dilation - lines.last().pad_begin;
          for (int64_t o = begin; o < end; ++o) {
            sums[first + o * lines.last().stride] += shares[out * lines.output_length() + o];
          }
        }
      });
      T* dx = output.data<T>() + plane * pool.x_plane();
      for (int64_t i = 0; i < pool.x_plane(); ++i) dx[i] = store<T>(sums[i]);
    });
  });
}

size_t average_pool_workspace(const KernelContext& context) {
  return plane_workspace(context, context.output().shape());
}
size_t average_pool_gradient_workspace(const KernelContext& context) {
  return plane_workspace(context, context.output().shape()) +
         plane_workspace(context, context.input(0).shape());
}

}  // namespace

std::vector<KernelRow> reference_pooling_kernels() {
  return {
      {.op = "MaxPool",
       .types = kFloatTypes | TypeSet{DataType::kInt8, DataType::kUint8},
       .run = max_pool,
       .workspace = max_pool_workspace},
      {.op = "AveragePool",
       .types = kFloatTypes,
       .run = average_pool,
       .workspace = average_pool_workspace},
      {.op = "MaxPoolGradient",
       .types = kFloatTypes,
       .run = max_pool_gradient,
       .workspace = max_pool_gradient_workspace,
       .domain = kInternalDomain},
      {.op = "AveragePoolGradient",
       .types = kFloatTypes,
       .run = average_pool_gradient,
       .workspace = average_pool_gradient_workspace,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
