#include <numeric>

#include "autodiff/rules/positions.h"
#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

Expr split_x(Context c) {
  const int64_t axis = c.attributes().integer("axis");
  std::vector<Expr> parts;
  for (size_t k = 0; k < c.node().outputs.size(); ++k) {
    if (c.has_y(k)) {
      parts.push_back(c.g(k));
      continue;
    }
    NodeSpec spec;  // a part that nobody asked for: only its shape matters
    spec.op = "Split";
    spec.inputs = c.node().inputs;
    spec.attributes = c.attributes();
    spec.output_count = c.node().outputs.size();
    parts.push_back(zeros_as({c.builder(), c.builder().emit(std::move(spec))[k]}));
  }
  return concat(parts, axis);
}

// The elements of input i where all are known beforehand.
std::optional<std::vector<int64_t>> known_integers(Context c, size_t i) {
  const auto contents = c.builder().contents(c.x(i).id());
  if (!contents || !contents->known()) return std::nullopt;
  return contents->shape().extents();
}

// Negative pads crop, and where the node cropped, positive ones put zeros.
Expr cropped(Context c) {
  const Expr given = c.x(1);
  const auto contents = c.builder().contents(given.id());
  std::vector<int64_t> negated;
  if (contents && contents->known()) negated = contents->shape().extents();
  for (int64_t& pad : negated) pad = -pad;
  const Expr pads = negated.empty() ? -given : given.integers(negated);
  const Expr zero = c.g().like(0);
  const Expr part =
      c.has_x(3) ? c.g().apply("Pad", {pads, zero, c.x(3)}) : c.g().apply("Pad", {pads, zero});
  return reshape_as(part, c.x(0));
}

// The transpose of a Pad of positions: numbers are padded as the data is, and each element of the
// cotangent is added where its number says.
Expr collected(Expr g, int64_t axis, const Dimension& extent, int64_t begin, int64_t end,
               Context c) {
  std::vector<int64_t> positions(static_cast<size_t>(extent.extent));
  std::iota(positions.begin(), positions.end(), 0);
  const Expr padded =
      g.integers(positions).apply("Pad", {g.integers({begin, end})}, c.attributes());
  std::vector<int64_t> along(static_cast<size_t>(g.rank()), 1);
  along[static_cast<size_t>(axis)] = -1;
  const Expr spread = reshape(padded, along).apply("Expand", {shape_of(g)});
  const std::vector<Expr> shape = {slice(shape_of(g), 0, 0, axis), g.integers({extent.extent}),
                                   slice(shape_of(g), 0, axis + 1, g.rank())};
  const Expr zeros =
      concat(shape, 0).apply("ConstantOfShape", {}, {{"value", Tensor::zeros(g.element(), {1})}});
  return zeros.apply("ScatterElements", {spread, g},
                     {{"axis", axis}, {"reduction", std::string("add")}});
}

Expr padded_where_only_values_tell(Context c) {
  NodeSpec spec;
  spec.op = "Pad";
  spec.inputs = c.node().inputs;
  spec.inputs[0] = positions_of(c.x(0)).id();
  if (c.has_x(2)) spec.inputs[2] = kNoValue;
  spec.attributes = c.attributes();
  const Expr moved(c.builder(), c.builder().emit(std::move(spec))[0]);
  return added_at_positions(c.x(0), moved, c.g());
}

Expr pad_data(Context c) {
  if (c.attributes().text("mode") == "constant") return cropped(c);
  const Expr x = c.x(0);
  const auto known_pads = known_integers(c, 1);
  const auto known_axes = c.has_x(3) ? known_integers(c, 3) : std::nullopt;
  if (!known_pads || !x.type().is_static() || (c.has_x(3) && !known_axes)) {
    return padded_where_only_values_tell(c);
  }
  const std::vector<int64_t>& pads = *known_pads;
  std::vector<int64_t> axes(pads.size() / 2);
  std::iota(axes.begin(), axes.end(), 0);
  if (known_axes) axes = *known_axes;
  Expr g = c.g();
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t axis = normalized_axis(axes[i], x.rank());
    const int64_t begin = pads[i];
    const int64_t end = pads[i + axes.size()];
    if (begin != 0 || end != 0) g = collected(g, axis, x.shape()[axis], begin, end, c);
  }
  return g;
}

Expr total(Expr x) {
  std::vector<int64_t> axes(static_cast<size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return reduce_sum(x, axes, false);
}

// What the cotangent has outside of the data.
Expr pad_value(Context c) {
  return reshape_as(total(c.g()) - total(cropped(c)), c.x(2));
}

// [r0 n0, r1 n1, ...] as [r0, n0, r1, n1, ...], summed over the repeats.
Expr tile_x(Context c) {
  const Expr x = c.x(0);
  if (x.rank() == 0) return c.g();
  const std::vector<int64_t> column = {1};
  const std::vector<Expr> pairs = {unsqueeze(c.x(1), column), unsqueeze(shape_of(x), column)};
  const std::vector<int64_t> flat = {-1};
  Expr extents = reshape(concat(pairs, 1), flat);
  const auto repeats = c.builder().contents(c.x(1).id());
  if (repeats && repeats->known() && x.type().is_static()) {
    std::vector<int64_t> numbers;
    for (int64_t axis = 0; axis < x.rank(); ++axis) {
      numbers.push_back((*repeats)[axis].extent);
      numbers.push_back(x.shape()[axis].extent);
    }
    extents = x.integers(numbers);
  }
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < x.rank(); ++axis) axes.push_back(2 * axis);
  return reshape_as(reduce_sum(reshape(c.g(), extents), axes, false), x);
}

// [off, on]: the cotangent's sums where the output is off and where it is on.
Expr one_hot_values(Context c) {
  const Expr g = c.g();
  const Expr mask(c.builder(), c.builder().constant(Tensor::of<bool>({2}, {false, true})));
  const Expr hot = c.x(0).apply("OneHot", {c.x(1), mask}, c.attributes());
  const std::vector<int64_t> first = {0};
  const std::vector<Expr> sums = {unsqueeze(total(where(hot, g.like(0), g)), first),
                                  unsqueeze(total(where(hot, g, g.like(0))), first)};
  return concat(sums, 0);
}

Expr trilu_x(Context c) {
  if (!c.has_x(1)) return c.g().apply("Trilu", {}, c.attributes());
  return c.g().apply("Trilu", {c.x(1)}, c.attributes());
}

}  // namespace

std::vector<DerivativeRow> movement_derivatives() {
  return {
      {"Split", {split_x, nullptr}}, {"Pad", {pad_data, nullptr, pad_value, nullptr}},
      {"Tile", {tile_x, nullptr}},   {"OneHot", {nullptr, nullptr, one_hot_values}},
      {"Trilu", {trilu_x, nullptr}},
  };
}

}  // namespace twingrad
