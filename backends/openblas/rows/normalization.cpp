#include "backends/openblas/batch_norm.h"
#include "backends/openblas/rows/tables.h"

namespace twingrad {
namespace {

BatchNorm batch_norm_of(const Shape& x) {
  return {.batch = x[0], .channels = x[1], .inner = x.product(2, x.rank())};
}

// Outputs Y, mean, variance and inverse deviation; what is not wanted goes to the workspace.
void training(const KernelContext& context) {
  const Tensor& x = context.input(0);
  auto* spare = reinterpret_cast<float*>(context.workspace.data());
  const auto statistic = [&](size_t i) {
    return context.has_output(i) ? context.output(i).data<float>()
                                 : spare + static_cast<int64_t>(i - 1) * x.shape()[1];
  };
  batch_norm_training(batch_norm_of(x.shape()), x.data<float>(), context.input(1).data<float>(),
                      context.input(2).data<float>(), context.attributes().real("epsilon"),
                      context.output(0).data<float>(), statistic(1), statistic(2), statistic(3),
                      context.pool);
}

size_t training_workspace(const KernelContext& context) {
  return 3 * static_cast<size_t>(context.input(0).shape()[1]) * sizeof(float);
}

// Inputs X, scale, mean, inverse standard deviation, dY; outputs dX, dscale, dB.
void gradient(const KernelContext& context) {
  const Tensor& x = context.input(0);
  batch_norm_gradient(batch_norm_of(x.shape()), x.data<float>(), context.input(4).data<float>(),
                      context.input(1).data<float>(), nullptr, context.input(2).data<float>(),
                      context.input(3).data<float>(), context.output(0).data<float>(),
                      context.output(1).data<float>(), context.output(2).data<float>(),
                      context.pool);
}

}  // namespace

std::vector<KernelRow> openblas_normalization_kernels() {
  const TypeSet types = {DataType::kFloat};
  return {
      {.op = "BatchNormalizationTraining",
       .types = types,
       .run = training,
       .workspace = training_workspace,
       .domain = kInternalDomain},
      {.op = "BatchNormalizationGradient",
       .types = types,
       .run = gradient,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
