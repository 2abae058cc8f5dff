#include <algorithm>
#include <cmath>

#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"
#include "ir/ops/resize_geometry.h"

namespace twingrad {
namespace {

// What is computed in: the rounding to T comes last.
template <typename T>
using Precision = std::conditional_t<std::is_integral_v<T>, double, Arithmetic<T>>;

ResizeInputs resize_inputs(const KernelContext& context) {
  const auto given = [&](size_t i) { return context.has_input(i) ? &context.input(i) : nullptr; };
  return {given(1), given(2), given(3)};
}

Shape input_shape(const KernelContext& context) {
  return context.has_input(4) ? Shape(as_int64(context.input(4))) : context.input(0).shape();
}

bool is_identity(const ResizeAxis& axis) {
  return axis.input == axis.output && axis.scale == 1 && axis.start == 0 && axis.end == 1;
}

// The axes that change something, and the shapes before and after each of them.
struct Plan {
  std::vector<ResizeAxis> axes;
  std::vector<Shape> shapes;

  explicit Plan(const KernelContext& context) {
    const Shape shape = input_shape(context);
    axes = resize_axes(context.attributes(), shape, resize_inputs(context));
    std::erase_if(axes, is_identity);
    shapes.push_back(shape);
    for (const ResizeAxis& axis : axes) {
      shapes.push_back(shapes.back());
      shapes.back()[axis.axis] = axis.output;
    }
  }
  int64_t largest() const {
    int64_t count = 0;
    for (const Shape& shape : shapes) count = std::max(count, shape.element_count());
    return count;
  }
};

// A tensor seen from one axis: [outer, extent, inner].
struct ResizedLines {
  int64_t outer;
  int64_t inner;

  ResizedLines(const Shape& shape, int64_t axis)
      : outer(shape.product(0, axis)), inner(shape.product(axis + 1, shape.rank())) {}
};

// One axis of the map: y[o] = sum of weight x[index]; where extrapolated, y[o] = outside.
template <typename A>
void gather_axis(const A* x, A* y, const ResizedLines& lines, const ResizeAxis& axis,
                 const AxisTaps& taps, A outside, ThreadPool& pool) {
  pool.parallel_for(lines.outer, [&](int64_t block, int) {
    const A* from = x + block * axis.input * lines.inner;
    A* to = y + block * axis.output * lines.inner;
    for (int64_t o = 0; o < axis.output; ++o, to += lines.inner) {
      const bool is_outside = taps.outside[static_cast<size_t>(o)];
      std::fill_n(to, lines.inner, is_outside ? outside : A{0});
      for (int64_t t = 0; t < taps.taps && !is_outside; ++t) {
        const auto at = static_cast<size_t>(o * taps.taps + t);
        const auto weight = static_cast<A>(taps.weights[at]);
        const A* line = from + taps.indices[at] * lines.inner;
        if (weight == 0) continue;
        for (int64_t i = 0; i < lines.inner; ++i) to[i] += weight * line[i];
      }
    }
  });
}

// Its transpose: x[index] += weight y[o].
template <typename A>
void scatter_axis(const A* y, A* x, const ResizedLines& lines, const ResizeAxis& axis,
                  const AxisTaps& taps, ThreadPool& pool) {
  pool.parallel_for(lines.outer, [&](int64_t block, int) {
    const A* from = y + block * axis.output * lines.inner;
    A* to = x + block * axis.input * lines.inner;
    std::fill_n(to, axis.input * lines.inner, A{0});
    for (int64_t o = 0; o < axis.output; ++o, from += lines.inner) {
      for (int64_t t = 0; t < taps.taps; ++t) {
        const auto at = static_cast<size_t>(o * taps.taps + t);
        const auto weight = static_cast<A>(taps.weights[at]);
        A* line = to + taps.indices[at] * lines.inner;
        if (weight == 0) continue;
        for (int64_t i = 0; i < lines.inner; ++i) line[i] += weight * from[i];
      }
    }
  });
}

template <typename T>
T rounded(Precision<T> value) {
  if constexpr (std::is_integral_v<T>) {
    return truncated_to_integer<T>(std::nearbyint(value));
  } else {
    return store<T>(value);
  }
}

// Walks through the axes between two halves of the workspace; `step(from, to, index of the axis)`.
template <typename T, typename Step>
void run_axes(const KernelContext& context, const Plan& plan, bool backward, const Step& step) {
  using A = Precision<T>;
  auto* from = reinterpret_cast<A*>(context.workspace.data());
  A* to = from + plan.largest();
  const T* x = context.input(0).data<T>();
  const int64_t count = context.input(0).element_count();
  for (int64_t i = 0; i < count; ++i) from[i] = static_cast<A>(x[i]);
  for (size_t i = 0; i < plan.axes.size(); ++i) {
    step(from, to, backward ? plan.axes.size() - 1 - i : i);
    std::swap(from, to);
  }
  T* y = context.output().data<T>();
  const int64_t results = context.output().element_count();
  for (int64_t i = 0; i < results; ++i) y[i] = rounded<T>(from[i]);
}

// Where each element along an axis of the output comes from, as an offset in the input.
std::vector<std::vector<int64_t>> source_offsets(const KernelContext& context, const Plan& plan) {
  const std::vector<int64_t> strides = context.input(0).shape().strides();
  std::vector<std::vector<int64_t>> offsets;
  for (int64_t axis = 0; axis < context.output().rank(); ++axis) {
    std::vector<int64_t>& along = offsets.emplace_back();
    const int64_t stride = strides[static_cast<size_t>(axis)];
    const auto resized = std::ranges::find(plan.axes, axis, &ResizeAxis::axis);
    if (resized != plan.axes.end()) along = axis_taps(context.attributes(), *resized).indices;
    const int64_t extent = context.output().shape()[axis];
    for (int64_t o = static_cast<int64_t>(along.size()); o < extent; ++o) along.push_back(o);
    for (int64_t& offset : along) offset *= stride;
  }
  return offsets;
}

// Elements of any type are moved.
void resize_nearest(const KernelContext& context, const Plan& plan) {
  Tensor& output = context.output();
  if (output.element_count() == 0) return;
  auto offsets = source_offsets(context, plan);
  if (offsets.empty()) offsets.push_back({0});
  const std::vector<int64_t>& last = offsets.back();
  const auto width = static_cast<int64_t>(last.size());
  const Shape& shape = output.shape();
  dispatch_sizes(output.type(), [&]<typename T>() {
    const T* x = elements_of<T>(context.input(0));
    T* y = elements_of<T>(output);
    context.pool.parallel_for(output.element_count() / width, [&](int64_t line, int) {
      int64_t start = 0;
      int64_t rest = line;
      for (int64_t axis = shape.rank() - 1; axis-- > 0; rest /= shape[axis]) {
        start += offsets[static_cast<size_t>(axis)][static_cast<size_t>(rest % shape[axis])];
      }
      for (int64_t i = 0; i < width; ++i) {
        y[line * width + i] = x[start + last[static_cast<size_t>(i)]];
      }
    });
  });
}

void resize(const KernelContext& context) {
  const Plan plan(context);
  const Attributes& attributes = context.attributes();
  if (attributes.text("mode") == "nearest" &&
      attributes.text("coordinate_transformation_mode") != "tf_crop_and_resize") {
    return resize_nearest(context, plan);
  }
  dispatch_numbers(context.output().type(), [&]<typename T>() {
    using A = Precision<T>;
    const auto outside = static_cast<A>(attributes.real("extrapolation_value"));
    run_axes<T>(context, plan, false, [&](const A* from, A* to, size_t i) {
      const ResizeAxis& axis = plan.axes[i];
      gather_axis(from, to, ResizedLines(plan.shapes[i], axis.axis), axis,
                  axis_taps(attributes, axis), outside, context.pool);
    });
  });
}

void resize_gradient(const KernelContext& context) {
  const Plan plan(context);
  dispatch_floats(context.output().type(), [&]<typename T>() {
    using A = Precision<T>;
    run_axes<T>(context, plan, true, [&](const A* from, A* to, size_t i) {
      const ResizeAxis& axis = plan.axes[i];
      scatter_axis(from, to, ResizedLines(plan.shapes[i], axis.axis), axis,
                   axis_taps(context.attributes(), axis), context.pool);
    });
  });
}

// Twice the largest of the tensors between two axes. What the axes are needs the elements of the
// other inputs; the largest that input and output allow bounds it.
size_t resize_workspace(const KernelContext& context) {
  const Shape& from = context.input(0).shape();
  const Shape& to = context.output().shape();
  int64_t most = 1;
  for (int64_t axis = 0; axis < from.rank(); ++axis) most *= std::max(from[axis], to[axis]);
  return 2 * static_cast<size_t>(most) * sizeof(double);
}

}  // namespace

std::vector<KernelRow> reference_resize_kernels() {
  return {
      {.op = "Resize", .types = kAllTypes, .run = resize, .workspace = resize_workspace},
      {.op = "ResizeGradient",
       .types = kFloatTypes,
       .run = resize_gradient,
       .workspace = resize_workspace,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
