#include <algorithm>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"
#include "backends/reference/window_lines.h"

namespace twingrad {
namespace {

// The tensors of one convolution Y = X * W, whichever of them is being computed.
struct Convolution {
  const Shape& x;
  const Shape& w;
  const Shape& y;
  SlidingWindow window;
  int64_t group;

  int64_t x_plane() const { return x.product(2, x.rank()); }
  int64_t w_plane() const { return w.product(2, w.rank()); }
  int64_t y_plane() const { return y.product(2, y.rank()); }
  int64_t x_channels() const { return w[1]; }          // of one group
  int64_t y_channels() const { return w[0] / group; }  // of one group
  WindowLines lines() const { return {window, spatial_extents(x), spatial_extents(y)}; }
};

// Gradients come with shapes as data, so that nobody has compared them yet.
void check_shapes(const Convolution& conv) {
  bool fits = conv.x.rank() == conv.w.rank() && conv.x.rank() == conv.y.rank() &&
              conv.x.rank() >= 3 && conv.w[0] % conv.group == 0 && conv.x[0] == conv.y[0] &&
              conv.x[1] == conv.w[1] * conv.group && conv.y[1] == conv.w[0];
  for (size_t i = 0; fits && i < conv.window.rank(); ++i) {
    const auto axis = static_cast<int64_t>(i) + 2;
    const WindowAxis& at = conv.window.axes[i];
    fits = conv.y[axis] >= 0 &&
           (conv.y[axis] - 1) * at.stride + at.reach() <= conv.x[axis] + at.pad_begin + at.pad_end;
  }
  check(fits, "an input of shape ", conv.x, ", a weight of shape ", conv.w,
        " and an output of shape ", conv.y, " are of no convolution");
}

Convolution convolution(const KernelContext& context, const Shape& x, const Shape& w,
                        const Shape& y) {
  check(x.rank() == w.rank() && x.rank() >= 3, "an input of shape ", x, " for a weight of shape ",
        w);
  Convolution conv{x, w, y,
                   resolved_window(context.attributes(), spatial_extents(w), spatial_extents(x)),
                   context.attributes().integer("group")};
  check_shapes(conv);
  return conv;
}

// Sums are kept in the arithmetic type, a plane for every worker.
size_t plane_workspace(const KernelContext& context) {
  const Shape& shape = context.output().shape();
  return static_cast<size_t>(context.pool.threads()) *
         static_cast<size_t>(shape.product(2, shape.rank())) * sizeof(double);
}

template <typename T>
Arithmetic<T>* worker_plane(const KernelContext& context, int worker, int64_t plane) {
  return reinterpret_cast<Arithmetic<T>*>(context.workspace.data()) + worker * plane;
}

// One (image, output channel) at a time: the bias, then the channels of its group.
template <typename T>
void forward_plane(const Convolution& conv, const T* x, const T* w, int64_t item,
                   Arithmetic<T>* sums) {
  const WindowLines lines = conv.lines();
  const int64_t taps = lines.last().kernel;
  const int64_t image = item / conv.w[0];
  const int64_t m = item % conv.w[0];
  const int64_t first = m / conv.y_channels() * conv.x_channels();
  for (int64_t c = 0; c < conv.x_channels(); ++c) {
    const T* plane = x + (image * conv.x[1] + first + c) * conv.x_plane();
    const T* kernel = w + (m * conv.x_channels() + c) * conv.w_plane();
    for_each_line(lines, [&](int64_t in, int64_t out, int64_t row) {
      const T* line = plane + in * lines.input_length();
      Arithmetic<T>* sum = sums + out * lines.output_length();
      for (int64_t k = 0; k < taps; ++k) {
        const auto factor = load(kernel[row * taps + k]);
        const auto [begin, end] = lines.outputs_inside(k);
        const int64_t shift = k * lines.last().dilation - lines.last().pad_begin;
        for (int64_t o = begin; o < end; ++o) {
          sum[o] += factor * load(line[o * lines.last().stride + shift]);
        }
      }
    });
  }
}

// One (image, input channel) at a time: what the output channels of its group send back.
template <typename T>
void backward_plane(const Convolution& conv, const T* w, const T* y, int64_t item,
                    Arithmetic<T>* sums) {
  const WindowLines lines = conv.lines();
  const int64_t taps = lines.last().kernel;
  const int64_t image = item / conv.x[1];
  const int64_t c = item % conv.x[1] % conv.x_channels();
  const int64_t first = item % conv.x[1] / conv.x_channels() * conv.y_channels();
  for (int64_t m = first; m < first + conv.y_channels(); ++m) {
    const T* plane = y + (image * conv.y[1] + m) * conv.y_plane();
    const T* kernel = w + (m * conv.x_channels() + c) * conv.w_plane();
    for_each_line(lines, [&](int64_t in, int64_t out, int64_t row) {
      const T* line = plane + out * lines.output_length();
      Arithmetic<T>* sum = sums + in * lines.input_length();
      for (int64_t k = 0; k < taps; ++k) {
        const auto factor = load(kernel[row * taps + k]);
        const auto [begin, end] = lines.outputs_inside(k);
        const int64_t shift = k * lines.last().dilation - lines.last().pad_begin;
        for (int64_t o = begin; o < end; ++o) {
          sum[o * lines.last().stride + shift] += factor * load(line[o]);
        }
      }
    });
  }
}

// One (output channel, input channel of its group) at a time, summed line by line.
template <typename T>
void weight_plane(const Convolution& conv, const T* x, const T* y, int64_t item,
                  Arithmetic<T>* sums) {
  const WindowLines lines = conv.lines();
  const int64_t taps = lines.last().kernel;
  const int64_t m = item / conv.x_channels();
  const int64_t c = item % conv.x_channels() + m / conv.y_channels() * conv.x_channels();
  for (int64_t image = 0; image < conv.x[0]; ++image) {
    const T* input = x + (image * conv.x[1] + c) * conv.x_plane();
    const T* output = y + (image * conv.y[1] + m) * conv.y_plane();
    for_each_line(lines, [&](int64_t in, int64_t out, int64_t row) {
      const T* line = input + in * lines.input_length();
      const T* gradient = output + out * lines.output_length();
      for (int64_t k = 0; k < taps; ++k) {
        const auto [begin, end] = lines.outputs_inside(k);
        const int64_t shift = k * lines.last().dilation - lines.last().pad_begin;
        Arithmetic<T> sum{};
        for (int64_t o = begin; o < end; ++o) {
          sum += load(gradient[o]) * load(line[o * lines.last().stride + shift]);
        }
        sums[row * taps + k] += sum;
      }
    });
  }
}

// Fills the output plane by plane: `fill(item, sums)` adds to sums that begin as the bias.
template <typename T, typename Fill>
void fill_planes(const KernelContext& context, const T* bias, Fill fill) {
  Tensor& output = context.output();
  const Shape& shape = output.shape();
  const int64_t plane = shape.product(2, shape.rank());
  context.pool.parallel_for(shape[0] * shape[1], [&](int64_t item, int worker) {
    Arithmetic<T>* sums = worker_plane<T>(context, worker, plane);
    std::fill_n(sums, plane, bias == nullptr ? Arithmetic<T>{} : load(bias[item % shape[1]]));
    fill(item, sums);
    T* y = output.data<T>() + item * plane;
    for (int64_t i = 0; i < plane; ++i) y[i] = store<T>(sums[i]);
  });
}

template <typename T>
const T* bias_of(const KernelContext& context) {
  return context.has_input(2) ? context.input(2).data<T>() : nullptr;
}

void conv(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const Tensor& w = context.input(1);
  const Convolution conv = convolution(context, x.shape(), w.shape(), context.output().shape());
  dispatch_floats(x.type(), [&]<typename T>() {
    fill_planes<T>(context, bias_of<T>(context), [&](int64_t item, Arithmetic<T>* sums) {
      forward_plane(conv, x.data<T>(), w.data<T>(), item, sums);
    });
  });
}

void conv_transpose(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const Tensor& w = context.input(1);
  const Shape& output = context.output().shape();
  const TransposedWindow resolved = resolved_transposed_window(
      context.attributes(), spatial_extents(w.shape()), spatial_extents(x.shape()));
  // The convolution that goes from this output to this input.
  const Convolution conv{output, w.shape(), x.shape(), resolved.window,
                         context.attributes().integer("group")};
  dispatch_floats(x.type(), [&]<typename T>() {
    fill_planes<T>(context, bias_of<T>(context), [&](int64_t item, Arithmetic<T>* sums) {
      backward_plane(conv, w.data<T>(), x.data<T>(), item, sums);
    });
  });
}

void conv_input_gradient(const KernelContext& context) {
  const Tensor& w = context.input(0);
  const Tensor& dy = context.input(1);
  const Convolution conv = convolution(context, context.output().shape(), w.shape(), dy.shape());
  dispatch_floats(w.type(), [&]<typename T>() {
    fill_planes<T>(context, nullptr, [&](int64_t item, Arithmetic<T>* sums) {
      backward_plane(conv, w.data<T>(), dy.data<T>(), item, sums);
    });
  });
}

void conv_weight_gradient(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const Tensor& dy = context.input(1);
  const Convolution conv = convolution(context, x.shape(), context.output().shape(), dy.shape());
  dispatch_floats(x.type(), [&]<typename T>() {
    fill_planes<T>(context, nullptr, [&](int64_t item, Arithmetic<T>* sums) {
      weight_plane(conv, x.data<T>(), dy.data<T>(), item, sums);
    });
  });
}

}  // namespace

std::vector<KernelRow> reference_convolution_kernels() {
  const auto row = [](std::string_view op, KernelFunction run, std::string_view domain) {
    return KernelRow{
        .op = op, .types = kFloatTypes, .run = run, .workspace = plane_workspace, .domain = domain};
  };
  return {
      row("Conv", conv, ""),
      row("ConvTranspose", conv_transpose, ""),
      row("ConvInputGradient", conv_input_gradient, kInternalDomain),
      row("ConvWeightGradient", conv_weight_gradient, kInternalDomain),
  };
}

}  // namespace twingrad
