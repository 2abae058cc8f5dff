#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "importers/pt2/ops/windows.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// A list of PyTorch stands for all axes where it has one element.
struct Geometry {
  std::vector<int64_t> stride;
  std::vector<int64_t> pads;  // at the begin of the axes, then at the end
  std::vector<int64_t> dilation;
  int64_t groups;
};

Expr convolved(Expr x, Expr weight, std::optional<Expr> bias, const Geometry& g) {
  std::vector<ValueId> inputs = {x.id(), weight.id()};
  if (bias) inputs.push_back(bias->id());
  return {x.builder(), x.builder().emit_one("Conv", inputs,
                                            {{"strides", g.stride},
                                             {"pads", g.pads},
                                             {"dilations", g.dilation},
                                             {"group", g.groups}})};
}

// "same" puts the odd element at the end.
std::vector<int64_t> named_pads(const std::string& name, Expr weight, const Geometry& g,
                                int64_t axes) {
  std::vector<int64_t> pads(static_cast<size_t>(2 * axes), 0);
  if (name == "valid") return pads;
  check(name == "same", "unknown padding ", quoted_name(name));
  for (int64_t i = 0; i < axes; ++i) {
    const Dimension& kernel = weight.shape()[i + 2];
    check(kernel.known(), "the extents of the kernel are not known");
    const auto k = static_cast<size_t>(i);
    const int64_t total = g.dilation[k] * (kernel.extent - 1);
    pads[k] = total / 2;
    pads[k + static_cast<size_t>(axes)] = total - total / 2;
  }
  return pads;
}

// Without an axis of examples PyTorch adds one and takes it away again.
template <typename Compute>
Expr batched(Expr x, int64_t rank, Compute compute) {
  const std::array front = {int64_t{0}};
  if (x.rank() != rank - 1) return compute(x);
  return squeeze(compute(unsqueeze(x, front)), front);
}

Expr conv(Call c) {
  const Expr weight = c.tensor("weight");
  const int64_t axes = weight.rank() - 2;
  Geometry g{spread(c.integers("stride"), axes),
             {},
             spread(c.integers("dilation"), axes),
             c.integer("groups")};
  g.pads = twice(spread(c.integers("padding"), axes));
  return batched(c.tensor("input"), weight.rank(),
                 [&](Expr x) { return convolved(x, weight, c.optional("bias"), g); });
}

Expr conv_named(Call c) {
  const Expr weight = c.tensor("weight");
  const int64_t axes = weight.rank() - 2;
  Geometry g{spread(c.integers("stride"), axes),
             {},
             spread(c.integers("dilation"), axes),
             c.integer("groups")};
  g.pads = named_pads(c.text("padding"), weight, g, axes);
  return batched(c.tensor("input"), weight.rank(),
                 [&](Expr x) { return convolved(x, weight, c.optional("bias"), g); });
}

Expr transposed(Call c) {
  const Expr weight = c.tensor("weight");
  const int64_t axes = weight.rank() - 2;
  const Attributes attributes = {{"strides", spread(c.integers("stride"), axes)},
                                 {"pads", twice(spread(c.integers("padding"), axes))},
                                 {"dilations", spread(c.integers("dilation"), axes)},
                                 {"output_padding", spread(c.integers("output_padding"), axes)},
                                 {"group", c.integer("groups")}};
  return batched(c.tensor("input"), weight.rank(), [&](Expr x) {
    std::vector<ValueId> inputs = {x.id(), weight.id()};
    if (const auto bias = c.optional("bias")) inputs.push_back(bias->id());
    return Expr(x.builder(), x.builder().emit_one("ConvTranspose", inputs, attributes));
  });
}

Expr convolution(Call c) {
  return c.flag("transposed") ? transposed(c) : conv(c);
}

}  // namespace

std::vector<AtenRow> convolution_rows() {
  return {
      {"aten.conv1d.default aten.conv2d.default aten.conv3d.default",
       "input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1", conv},
      {"aten.conv1d.padding aten.conv2d.padding aten.conv3d.padding",
       "input, weight, bias=None, stride=1, padding='valid', dilation=1, groups=1", conv_named},
      {"aten.conv_transpose1d.default aten.conv_transpose2d.input aten.conv_transpose3d.input",
       "input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1",
       transposed},
      {"aten.convolution.default",
       "input, weight, bias, stride, padding, dilation, transposed, output_padding, groups",
       convolution},
      {"aten._convolution.default",
       "input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, "
       "benchmark, deterministic, cudnn_enabled, allow_tf32",
       convolution},
  };
}

}  // namespace twingrad::aten
