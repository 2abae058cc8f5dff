#include "backends/openblas/batch_norm.h"
#include "backends/openblas/rows/tables.h"

namespace twingrad {
namespace {

BatchNorm batch_norm_of(const Shape& x) {
  return {.batch = x[0], .channels = x[1], .inner = x.product(2, x.rank())};
}

// Outputs Y, mean and inverse standard deviation; the variance is only passed through.
void training(const KernelContext& context) {
  const Tensor& x = context.input(0);
  batch_norm_training(batch_norm_of(x.shape()), x.data<float>(), context.input(1).data<float>(),
                      context.input(2).data<float>(), context.attributes().real("epsilon"),
                      context.output(0).data<float>(), context.output(1).data<float>(),
                      reinterpret_cast<float*>(context.workspace.data()),
                      context.output(2).data<float>(), context.pool);
}

size_t training_workspace(const KernelContext& context) {
  return static_cast<size_t>(context.input(0).shape()[1]) * sizeof(float);
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
