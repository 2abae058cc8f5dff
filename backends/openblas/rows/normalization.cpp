#include "backends/openblas/batch_norm.h"
#include "backends/openblas/rows/tables.h"

namespace twingrad {
namespace {

// A vector is a batch of one channel.
BatchNorm batch_norm_of(const Shape& x) {
  return {.batch = x[0],
          .channels = x.rank() > 1 ? x[1] : 1,
          .inner = x.rank() > 2 ? x.product(2, x.rank()) : 1};
}

// Output i, of one number a channel; what is not wanted goes to the workspace.
float* by_channel(const KernelContext& context, size_t i) {
  if (context.has_output(i)) return context.output(i).data<float>();
  const BatchNorm norm = batch_norm_of(context.input(0).shape());
  return reinterpret_cast<float*>(context.workspace.data()) +
         static_cast<int64_t>(i - 1) * norm.channels;
}

size_t channel_workspace(const KernelContext& context) {
  const BatchNorm norm = batch_norm_of(context.input(0).shape());
  return 3 * static_cast<size_t>(norm.channels) * sizeof(float);
}

// Outputs Y, mean, variance and inverse deviation.
void training(const KernelContext& context) {
  const Tensor& x = context.input(0);
  batch_norm_training(batch_norm_of(x.shape()), x.data<float>(), context.input(1).data<float>(),
                      context.input(2).data<float>(), context.attributes().real("epsilon"),
                      context.output(0).data<float>(), by_channel(context, 1),
                      by_channel(context, 2), by_channel(context, 3), context.pool);
}

// Inputs X, scale, mean, inverse standard deviation, dY; outputs dX, dscale, dB.
void gradient(const KernelContext& context) {
  const Tensor& x = context.input(0);
  batch_norm_gradient(batch_norm_of(x.shape()), x.data<float>(), context.input(4).data<float>(),
                      context.input(1).data<float>(), nullptr, context.input(2).data<float>(),
                      context.input(3).data<float>(),
                      context.has_output(0) ? context.output(0).data<float>() : nullptr,
                      by_channel(context, 1), by_channel(context, 2), context.pool);
}

}  // namespace

std::vector<KernelRow> openblas_normalization_kernels() {
  const TypeSet types = {DataType::kFloat};
  return {
      {.op = "BatchNormalizationTraining",
       .types = types,
       .run = training,
       .workspace = channel_workspace,
       .domain = kInternalDomain},
      {.op = "BatchNormalizationGradient",
       .types = types,
       .run = gradient,
       .workspace = channel_workspace,
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
