#include <algorithm>
#include <array>

#include "backends/elementwise.h"
#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

constexpr int64_t kBlock = 64;  // columns that are summed together

// A matrix in a tensor: element (i, j) is at data[i * row_step + j * column_step].
template <typename T>
struct MatrixView {
  const T* data;
  int64_t row_step;
  int64_t column_step;
};

// Row `row` of A B, finished by `finish(sum, column)`. Sums run over the inner extent in order.
template <typename T, typename Finish>
void multiply_row(MatrixView<T> a, MatrixView<T> b, int64_t row, int64_t inner, int64_t columns,
                  T* out, Finish finish) {
  for (int64_t first = 0; first < columns; first += kBlock) {
    const int64_t width = std::min(kBlock, columns - first);
    std::array<Arithmetic<T>, kBlock> sums{};
    for (int64_t k = 0; k < inner; ++k) {
      const Arithmetic<T> factor = load(a.data[row * a.row_step + k * a.column_step]);
      const T* line = b.data + k * b.row_step + first * b.column_step;
      for (int64_t j = 0; j < width; ++j) {
        auto& sum = sums[static_cast<size_t>(j)];
        sum = wrapped_add(sum, wrapped_multiply(factor, load(line[j * b.column_step])));
      }
    }
    for (int64_t j = 0; j < width; ++j) {
      out[first + j] = store<T>(finish(sums[static_cast<size_t>(j)], first + j));
    }
  }
}

template <typename F>
void dispatch_linear(DataType type, F f) {
  switch (type) {
    case DataType::kInt32:
      return f.template operator()<int32_t>();
    case DataType::kInt64:
      return f.template operator()<int64_t>();
    case DataType::kUint32:
      return f.template operator()<uint32_t>();
    case DataType::kUint64:
      return f.template operator()<uint64_t>();
    default:
      dispatch_floats(type, f);
  }
}

// The shape without the axes of the matrix, each step counted in matrices.
Shape batch_shape(const Shape& shape) {
  const int64_t lead = std::max<int64_t>(shape.rank() - 2, 0);
  return Shape(std::span<const int64_t>(shape).first(static_cast<size_t>(lead)));
}

void matmul(const KernelContext& context) {
  const Shape& left = context.input(0).shape();
  const Shape& right = context.input(1).shape();
  const int64_t rows = left.rank() > 1 ? left[left.rank() - 2] : 1;
  const int64_t inner = left[left.rank() - 1];
  const int64_t columns = right.rank() > 1 ? right[right.rank() - 1] : 1;
  const Shape left_batch = batch_shape(left);
  const Shape right_batch = batch_shape(right);
  const std::array<const Shape*, 2> batches{&left_batch, &right_batch};
  const BroadcastPlan plan = plan_broadcast(broadcast(left_batch, right_batch), batches);
  const int64_t length = plan.run_length();
  const int64_t matrices = plan.run_count() * length;
  dispatch_linear(context.output().type(), [&]<typename T>() {
    const auto matrix = [&](size_t i, int64_t at) {
      const int64_t number = plan.offset(i, at / length) + at % length * plan.strides[i].back();
      return context.input(i).data<T>() + number * inner * (i == 0 ? rows : columns);
    };
    context.pool.parallel_for(matrices * rows, [&](int64_t item, int) {
      const MatrixView<T> a{matrix(0, item / rows), inner, 1};
      const MatrixView<T> b{matrix(1, item / rows), columns, 1};
      multiply_row(a, b, item % rows, inner, columns, context.output().data<T>() + item * columns,
                   [](auto sum, int64_t) { return sum; });
    });
  });
}

template <typename T>
T scaled(T value, float factor) {
  if (factor == 1.0F) return value;
  if constexpr (std::is_integral_v<T>) {
    return truncated_to_integer<T>(static_cast<double>(factor) * static_cast<double>(value));
  } else {
    return static_cast<T>(factor) * value;
  }
}

// Strides of C over the output's rows and columns; 0 along the axes that it is stretched over.
std::array<int64_t, 2> bias_steps(const Shape& c) {
  const int64_t columns = c.rank() > 0 ? c[c.rank() - 1] : 1;
  const int64_t rows = c.rank() > 1 ? c[0] : 1;
  return {rows == 1 ? 0 : columns, columns == 1 ? 0 : 1};
}

void gemm(const KernelContext& context) {
  const Attributes& attributes = context.attributes();
  const Tensor& a = context.input(0);
  const Tensor& b = context.input(1);
  const bool a_turned = attributes.flag("transA");
  const bool b_turned = attributes.flag("transB");
  const float alpha = attributes.real("alpha");
  const float beta = attributes.real("beta");
  const Shape& shape = context.output().shape();
  const int64_t inner = a.shape()[a_turned ? 0 : 1];
  const bool biased = context.has_input(2);
  const auto steps = biased ? bias_steps(context.input(2).shape()) : std::array<int64_t, 2>{};
  dispatch_linear(context.output().type(), [&]<typename T>() {
    const auto view = [](const Tensor& x, bool turned) {
      const int64_t width = x.shape()[1];
      return MatrixView<T>{x.data<T>(), turned ? 1 : width, turned ? width : 1};
    };
    const MatrixView<T> left = view(a, a_turned);
    const MatrixView<T> right = view(b, b_turned);
    context.pool.parallel_for(shape[0], [&](int64_t row, int) {
      const T* bias = biased ? context.input(2).data<T>() + row * steps[0] : nullptr;
      multiply_row(left, right, row, inner, shape[1], context.output().data<T>() + row * shape[1],
                   [&](Arithmetic<T> sum, int64_t column) {
                     const Arithmetic<T> product = scaled(sum, alpha);
                     if (bias == nullptr) return product;
                     return wrapped_add(product, scaled(load(bias[column * steps[1]]), beta));
                   });
    });
  });
}

}  // namespace

std::vector<KernelRow> reference_linear_kernels() {
  const TypeSet types = kFloatTypes | TypeSet{DataType::kInt32, DataType::kInt64, DataType::kUint32,
                                              DataType::kUint64};
  return {
      {.op = "MatMul", .types = types, .run = matmul},
      {.op = "Gemm", .types = types, .run = gemm},
  };
}

}  // namespace twingrad
