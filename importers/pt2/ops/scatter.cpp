#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// PyTorch takes of `src` what stands where `index` has elements; ONNX wants equal shapes.
Expr cut_to(Expr source, Expr index) {
  if (source.type().is_static() && index.type().is_static() && source.shape() == index.shape()) {
    return source;
  }
  const std::vector<int64_t> axes = all_axes(source.rank());
  const std::vector<int64_t> zeros(axes.size(), 0);
  return source.apply("Slice", {source.integers(zeros), shape_of(index), source.integers(axes)});
}

Expr scatter(Expr x, int64_t axis, Expr index, Expr source, const std::string& reduction) {
  if (x.rank() == 0) {
    const std::array line = {int64_t{1}};
    const Expr whole =
        scatter(reshape(x, line), 0, reshape(index, line), reshape(source, line), reduction);
    return reshape(whole, std::vector<int64_t>());
  }
  return x.apply("ScatterElements", {index, cut_to(source, index)},
                 {{"axis", axis}, {"reduction", reduction}});
}

Expr scattered(Call c, Expr source, const std::string& reduction) {
  const Expr x = self(c);
  return scatter(x, axis_of(c, "dim", x.rank()), c.tensor("index"), cast(source, x.element()),
                 reduction);
}

Expr scattered_value(Call c) {
  const Expr value = c.operand("value", self(c).element());
  return scattered(c, expand_as(value, c.tensor("index")), "none");
}

// How often an index names each element.
Expr named_times(Call c) {
  const Expr x = self(c);
  const Expr index = c.tensor("index");
  const Expr ones = filled(shape_of(index), x.element(), 1);
  return scatter(zeros_as(x), axis_of(c, "dim", x.rank()), index, ones, "add");
}

// What elements that an index names start with where `self` does not count.
double neutral(const std::string& reduction) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (reduction == "prod") return 1;
  if (reduction == "amax") return -kInfinity;
  return reduction == "amin" ? kInfinity : 0;
}

Expr scatter_reduced(Call c) {
  const std::string& name = c.text("reduce");
  Expr x = self(c);
  const Expr source = cast(c.tensor("src"), x.element());
  const Expr times = stop_gradient(named_times(c));
  const Expr named = times > times.like(0);
  const bool with_self = c.flag("include_self");
  if (!with_self) x = where(named, x.like(neutral(name)), x);
  const std::string reduction = name == "prod"   ? "mul"
                                : name == "amax" ? "max"
                                : name == "amin" ? "min"
                                                 : "add";
  const Expr result = scatter(x, axis_of(c, "dim", x.rank()), c.tensor("index"), source, reduction);
  if (name != "mean") return result;
  const Expr count = with_self ? times + 1 : times.apply("Max", {times.like(1)});
  return result / count;
}

Expr scattered_by_name(Call c) {
  const std::string& name = c.text("reduce");
  return scattered(c, c.tensor("src"), name == "multiply" ? "mul" : name);
}

Expr select_scatter(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  const Expr index = wrapped_index(c.extent("index"), x, axis);
  return scattered_slice(x, unsqueeze(c.tensor("src"), std::array{axis}), axis, index, index + 1,
                         1);
}

Expr slice_scatter(Call c) {
  const Expr x = self(c);
  const int64_t axis = axis_of(c, "dim", x.rank());
  return scattered_slice(x, c.tensor("src"), axis, slice_start(c, x, axis), slice_end(c, x, axis),
                         c.integer("step"));
}

Expr diagonal_scatter(Call c) {
  const Expr x = self(c);
  const int64_t a = axis_of(c, "dim1", x.rank());
  const int64_t b = axis_of(c, "dim2", x.rank());
  const int64_t offset = c.integer("offset");
  if (x.rank() != 2 || a != 0 || b != 1) fail_unsupported("only of the axes of a matrix");
  const Expr source = c.tensor("src");
  const Expr count = extent_along(source, 0);
  const Expr line = count.like(0).apply("Range", {count, count.like(1)});
  const std::array last = {int64_t{1}};
  const std::array parts = {
      unsqueeze(line + static_cast<double>(std::max<int64_t>(-offset, 0)), last),
      unsqueeze(line + static_cast<double>(std::max<int64_t>(offset, 0)), last)};
  return x.apply("ScatterND", {concat(parts, 1), source});
}

}  // namespace

std::vector<AtenRow> scatter_rows() {
  return {
      {"aten.scatter.src", "self, dim, index, src",
       [](Call c) { return scattered(c, c.tensor("src"), "none"); }},
      {"aten.scatter.value", "self, dim, index, value", scattered_value},
      {"aten.scatter.reduce", "self, dim, index, src, *, reduce", scattered_by_name},
      {"aten.scatter_add.default", "self, dim, index, src",
       [](Call c) { return scattered(c, c.tensor("src"), "add"); }},
      {"aten.scatter_reduce.two", "self, dim, index, src, reduce, *, include_self=True",
       scatter_reduced},
      {"aten.select_scatter.default", "self, src, dim, index", select_scatter},
      {"aten.slice_scatter.default", "self, src, dim=0, start=None, end=None, step=1",
       slice_scatter},
      {"aten.diagonal_scatter.default", "self, src, offset=0, dim1=0, dim2=1", diagonal_scatter},
  };
}

}  // namespace twingrad::aten
