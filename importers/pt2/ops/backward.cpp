#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "importers/pt2/ops/windows.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad::aten {
namespace {

// Derivatives that a program writes out, as those of training steps that were exported whole do.

bool wanted(Call c, size_t index) {
  const auto mask = c.integers("output_mask");
  return index < mask.size() && mask[index] != 0;
}

ValueId bias_gradient(Expr dy) {
  std::vector<int64_t> axes = all_axes(dy.rank());
  axes.erase(axes.begin() + 1);
  return reduce_sum(dy, axes, false).id();
}

AtenResults convolution_backward(Call c) {
  const Expr dy = c.tensor("grad_output");
  const Expr x = c.tensor("input");
  const Expr weight = c.tensor("weight");
  const int64_t axes = weight.rank() - 2;
  const Attributes attributes = {{"strides", spread(c.integers("stride"), axes)},
                                 {"pads", twice(spread(c.integers("padding"), axes))},
                                 {"dilations", spread(c.integers("dilation"), axes)},
                                 {"group", c.integer("groups")}};
  const bool transposed = c.flag("transposed");
  std::vector<ValueId> results(3, kNoValue);
  // A transposed convolution is the gradient of one by its input.
  if (wanted(c, 0)) {
    results[0] = (transposed ? dy.apply("Conv", {weight}, attributes)
                             : weight.apply("ConvInputGradient", {dy, shape_of(x)}, attributes,
                                            kInternalDomain))
                     .id();
  }
  if (wanted(c, 1)) {
    const Expr input = transposed ? dy : x;
    results[1] = input
                     .apply("ConvWeightGradient", {transposed ? x : dy, shape_of(weight)},
                            attributes, kInternalDomain)
                     .id();
  }
  if (wanted(c, 2)) results[2] = bias_gradient(dy);
  return AtenResults::of(std::move(results));
}

Attributes window(Call c, bool dilated) {
  std::vector<int64_t> kernel = spread(c.integers("kernel_size"), 2);
  std::vector<int64_t> stride = c.integers("stride");
  stride = stride.empty() ? kernel : spread(stride, 2);
  Attributes attributes = {{"kernel_shape", kernel},
                           {"strides", stride},
                           {"pads", twice(spread(c.integers("padding"), 2))},
                           {"ceil_mode", int64_t{c.flag("ceil_mode")}}};
  if (dilated) attributes.set("dilations", spread(c.integers("dilation"), 2));
  return attributes;
}

template <typename Compute>
Expr batched(Expr like, Expr dy, Compute compute) {
  const std::array front = {int64_t{0}};
  if (like.rank() == 4) return compute(like, dy);
  return squeeze(compute(unsqueeze(like, front), unsqueeze(dy, front)), front);
}

Expr average_pool_backward(Call c) {
  if (c.flag("ceil_mode") || !c.is_none("divisor_override")) {
    fail_unsupported("ceil_mode and divisor_override");
  }
  Attributes attributes = window(c, false);
  attributes.set("count_include_pad", int64_t{c.flag("count_include_pad")});
  return batched(c.tensor("self"), c.tensor("grad_output"), [&](Expr x, Expr dy) {
    return dy.apply("AveragePoolGradient", {shape_of(x)}, attributes, kInternalDomain);
  });
}

// What went to the element that was the largest of its window, by its place in the plane.
Expr max_pool_backward(Call c) {
  return batched(c.tensor("self"), c.tensor("grad_output"), [&](Expr x, Expr dy) {
    return x.apply("MaxPoolGradient", {dy}, window(c, true), kInternalDomain);
  });
}

// Every output spreads evenly over the window that it is the mean of.
Expr adaptive_average_backward(Call c) {
  const Expr x = c.tensor("self");
  Expr y = c.tensor("grad_output");
  for (int64_t axis = x.rank() - 2; axis < x.rank(); ++axis) {
    const Dimension in = x.shape()[axis];
    const Dimension out = y.shape()[axis];
    if (!in.known() || !out.known()) fail_unsupported("an extent is not known");
    Tensor matrix = Tensor::zeros(y.element(), {out.extent, in.extent});
    for (int64_t o = 0; o < out.extent; ++o) {
      const int64_t first = o * in.extent / out.extent;
      const int64_t last = ((o + 1) * in.extent + out.extent - 1) / out.extent;
      for (int64_t i = first; i < last; ++i) {
        set_element(matrix, o * in.extent + i, 1.0 / static_cast<double>(last - first));
      }
    }
    const int64_t end = y.rank() - 1;
    y = swapped_axes(matmul(swapped_axes(y, axis, end), c.constant(matrix)), axis, end);
  }
  return y;
}

Expr embedding_backward(Call c) {
  if (c.flag("scale_grad_by_freq")) fail_unsupported("scale_grad_by_freq is not supported");
  Expr dy = c.tensor("grad_output");
  const Expr indices = c.tensor("indices");
  const int64_t padding = c.integer("padding_idx");
  if (padding >= 0) {
    const Expr padded = equal(indices, indices.like(static_cast<double>(padding)));
    dy = where(unsqueeze(padded, std::array{indices.rank()}), dy.like(0), dy);
  }
  const std::array shape = {as_vector(c.extent("num_weights")),
                            as_vector(extent_along(dy, dy.rank() - 1))};
  const Expr zeros = filled(concat(shape, 0), dy.element(), 0);
  return zeros.apply("ScatterND", {unsqueeze(indices, std::array{indices.rank()}), dy},
                     {{"reduction", std::string("add")}});
}

// By x, where y = (x - mean) * rstd: what dy has along the mean and along y itself does not count.
Expr standardized_backward(Expr y, Expr dy, Expr rstd, std::span<const int64_t> axes) {
  const Expr mean = reduce_mean(dy, axes, true);
  const Expr along = reduce_mean(dy * y, axes, true);
  return rstd * (dy - mean - y * along);
}

AtenResults layer_norm_backward(Call c) {
  const Expr dy = c.tensor("grad_out");
  const Expr x = c.tensor("input");
  const Expr rstd = c.tensor("rstd");
  const auto count = static_cast<int64_t>(c.numbers("normalized_shape").size());
  std::vector<int64_t> inner;
  std::vector<int64_t> outer;
  for (int64_t axis = 0; axis < x.rank(); ++axis) {
    (axis < x.rank() - count ? outer : inner).push_back(axis);
  }
  const Expr y = (x - c.tensor("mean")) * rstd;
  const auto scale = c.optional("weight");
  std::vector<ValueId> results(3, kNoValue);
  if (wanted(c, 0)) {
    results[0] = standardized_backward(y, scale ? dy * *scale : dy, rstd, inner).id();
  }
  if (wanted(c, 1)) results[1] = reduce_sum(dy * y, outer, false).id();
  if (wanted(c, 2)) results[2] = reduce_sum(dy, outer, false).id();
  return AtenResults::of(std::move(results));
}

AtenResults group_norm_backward(Call c) {
  const Expr dy = c.tensor("grad_out");
  const Expr x = c.tensor("input");
  const std::array last = {int64_t{2}};
  const std::array parts = {as_vector(extent_along(x, 0)), x.integers({c.integer("group"), -1})};
  const Expr grouped = concat(parts, 0);
  const Expr rstd = unsqueeze(c.tensor("rstd"), last);
  const Expr y = (reshape(x, grouped) - unsqueeze(c.tensor("mean"), last)) * rstd;
  std::vector<int64_t> behind;
  for (int64_t axis = 1; axis < x.rank() - 1; ++axis) behind.push_back(axis);
  std::vector<int64_t> others = all_axes(x.rank());
  others.erase(others.begin() + 1);
  const auto scale = c.optional("weight");
  std::vector<ValueId> results(3, kNoValue);
  if (wanted(c, 0)) {
    const Expr scaled = scale ? dy * unsqueeze(*scale, behind) : dy;
    results[0] = reshape_as(standardized_backward(y, reshape(scaled, grouped), rstd, last), x).id();
  }
  if (wanted(c, 1)) results[1] = reduce_sum(dy * reshape_as(y, x), others, false).id();
  if (wanted(c, 2)) results[2] = reduce_sum(dy, others, false).id();
  return AtenResults::of(std::move(results));
}

}  // namespace

std::vector<AtenRow> backward_rows() {
  return {
      {"aten.convolution_backward.default",
       "grad_output, input, weight, bias_sizes, stride, padding, dilation, transposed, "
       "output_padding, groups, output_mask",
       convolution_backward},
      {"aten.avg_pool2d_backward.default",
       "grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, "
       "divisor_override",
       average_pool_backward},
      {"aten.max_pool2d_with_indices_backward.default",
       "grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices",
       max_pool_backward},
      {"aten._adaptive_avg_pool2d_backward.default", "grad_output, self",
       adaptive_average_backward},
      {"aten.embedding_dense_backward.default",
       "grad_output, indices, num_weights, padding_idx, scale_grad_by_freq", embedding_backward},
      {"aten.native_layer_norm_backward.default",
       "grad_out, input, normalized_shape, mean, rstd, weight, bias, output_mask",
       layer_norm_backward},
      {"aten.native_group_norm_backward.default",
       "grad_out, input, mean, rstd, weight, N, C, HxW, group, output_mask", group_norm_backward},
      {"aten._softmax_backward_data.default", "grad_output, output, dim, input_dtype",
       [](Call c) {
         const Expr y = c.tensor("output");
         const Expr product = c.tensor("grad_output") * y;
         const std::array axis = {axis_of(c, "dim", y.rank())};
         return product - y * reduce_sum(product, axis, true);
       }},
      {"aten._log_softmax_backward_data.default", "grad_output, output, dim, input_dtype",
       [](Call c) {
         const Expr y = c.tensor("output");
         const Expr dy = c.tensor("grad_output");
         const std::array axis = {axis_of(c, "dim", y.rank())};
         return dy - exp(y) * reduce_sum(dy, axis, true);
       }},
      {"aten.tanh_backward.default", "grad_output, output",
       [](Call c) { return c.tensor("grad_output") * (1 - square(c.tensor("output"))); }},
      {"aten.sigmoid_backward.default", "grad_output, output",
       [](Call c) {
         const Expr y = c.tensor("output");
         return c.tensor("grad_output") * y * (1 - y);
       }},
      {"aten.threshold_backward.default", "grad_output, self, threshold",
       [](Call c) {
         const Expr x = c.tensor("self");
         const Expr dy = c.tensor("grad_output");
         return where(x > x.like(c.real("threshold")), dy, dy.like(0));
       }},
  };
}

}  // namespace twingrad::aten
