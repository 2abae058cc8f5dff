#include <array>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

struct Reduction {
  Expr x;
  std::vector<int64_t> axes;
  bool keep;
};

// `self` in the type of the result, with the axes of `dim` where the overload has some.
Reduction whole(Call c) {
  const Expr x = cast(c.tensor("self"), c.result_type());
  return {x, all_axes(x.rank()), false};
}
Reduction along(Call c) {
  const Expr x = cast(c.tensor("self"), c.result_type());
  return {x, axes_of(c, "dim", x.rank()), c.flag("keepdim")};
}

Expr reduced(std::string_view op, const Reduction& r) {
  if (r.axes.empty()) return r.x.apply("Identity");
  return r.x.apply(op, {r.x.integers(r.axes)}, {{"keepdims", int64_t{r.keep}}});
}

AtenEmit over_all(std::string_view op) {
  return [op](Call c) { return reduced(op, whole(c)); };
}
AtenEmit over_axes(std::string_view op) {
  return [op](Call c) { return reduced(op, along(c)); };
}

// Booleans as integers, of which the largest tells whether any is true.
Expr truth(Call c, std::string_view op, bool axes) {
  const Expr flags = cast(cast(c.tensor("self"), DataType::kBool), DataType::kInt32);
  const auto found = axes ? axes_of(c, "dim", flags.rank()) : all_axes(flags.rank());
  return cast(reduced(op, {flags, found, axes && c.flag("keepdim")}), c.result_type());
}

// Sum of squared distances from the mean over n - correction.
struct Moments {
  Expr mean;
  Expr variance;
};

Moments moments(const Reduction& r, double correction) {
  const Expr mean = reduce_mean(r.x, r.axes, true);
  const Expr sum = reduce_sum(square(r.x - mean), r.axes, r.keep);
  const Expr count = count_along(r.x, r.axes, r.x.element()) - correction;
  const Expr kept = r.keep ? mean : squeeze(mean, r.axes);
  return {kept, sum / count.apply("Max", {count.like(0)})};
}

double correction_of(Call c) {
  return c.is_none("correction") ? 1 : c.real("correction");
}
double bias_of(Call c) {
  return c.flag("unbiased") ? 1 : 0;
}

AtenResults with_mean(const Moments& m, bool root) {
  return {root ? sqrt(m.variance) : m.variance, m.mean};
}

Expr norm(const Reduction& r, double order) {
  const Expr size = r.x.apply("Abs");
  if (order == 2) return reduced("ReduceL2", r);
  if (order == 1) return reduced("ReduceL1", r);
  if (std::isinf(order))
    return reduced(order > 0 ? "ReduceMax" : "ReduceMin", {size, r.axes, r.keep});
  if (order == 0) {
    const Expr nonzero = cast(logical_not(equal(r.x, r.x.like(0))), r.x.element());
    return reduce_sum(nonzero, r.axes, r.keep);
  }
  const Expr sum = reduce_sum(pow(size, size.like(order)), r.axes, r.keep);
  return pow(sum, sum.like(1 / order));
}

double order_of(Call c, std::string_view name) {
  return c.is_none(name) ? 2 : c.real(name);
}

Expr without_nan(Expr x) {
  return where(x.apply("IsNaN"), x.like(0), x);
}

Expr mean_of_numbers(Call c) {
  const Reduction r = along(c);
  const Expr there = cast(logical_not(r.x.apply("IsNaN")), r.x.element());
  return reduce_sum(without_nan(r.x), r.axes, r.keep) / reduce_sum(there, r.axes, r.keep);
}

Expr count_of_nonzero(Call c) {
  const Expr x = c.tensor("self");
  const Expr flags = cast(cast(x, DataType::kBool), DataType::kInt64);
  return reduce_sum(flags, axes_of(c, "dim", x.rank()), false);
}

Expr softmax_of(Call c, bool logarithm) {
  const Expr x = cast(c.tensor("self"), c.result_type());
  const Expr y = x.rank() == 0 ? reshape(x, std::array{int64_t{1}}) : x;
  const Expr result =
      y.apply(logarithm ? "LogSoftmax" : "Softmax", {}, {{"axis", axis_of(c, "dim", x.rank())}});
  return x.rank() == 0 ? reshape_as(result, x) : result;
}

// Rows of which every element is -inf are 0 here, not NaN.
Expr safe_softmax(Call c) {
  const Expr x = cast(c.tensor("self"), c.result_type());
  const std::array axis = {axis_of(c, "dim", x.rank())};
  const Expr largest = x.apply("ReduceMax", {x.integers(axis)});
  const Expr empty = largest.apply("IsInf", {}, {{"detect_positive", int64_t{0}}});
  return where(empty, x.like(0), softmax(where(empty, x.like(0), x), axis[0]));
}

Expr log_sum_exp(Call c) {
  return reduced("ReduceLogSumExp", along(c));
}

Expr running(Call c, std::string_view op) {
  const Expr x = cast(c.tensor("self"), c.result_type());
  if (x.rank() == 0) return x.apply("Identity");
  return x.apply(op, {integer_scalar(c.builder(), axis_of(c, "dim", x.rank()))});
}

}  // namespace

std::vector<AtenRow> reduction_rows() {
  return {
      {"aten.sum.default", "self, *, dtype=None", over_all("ReduceSum")},
      {"aten.sum.dim_IntList", "self, dim, keepdim=False, *, dtype=None", over_axes("ReduceSum")},
      {"aten.mean.default", "self, *, dtype=None", over_all("ReduceMean")},
      {"aten.mean.dim", "self, dim, keepdim=False, *, dtype=None", over_axes("ReduceMean")},
      {"aten.prod.default", "self, *, dtype=None", over_all("ReduceProd")},
      {"aten.prod.dim_int", "self, dim, keepdim=False, *, dtype=None", over_axes("ReduceProd")},
      {"aten.max.default", "self", over_all("ReduceMax")},
      {"aten.min.default", "self", over_all("ReduceMin")},
      {"aten.amax.default", "self, dim=[], keepdim=False", over_axes("ReduceMax")},
      {"aten.amin.default", "self, dim=[], keepdim=False", over_axes("ReduceMin")},
      {"aten.aminmax.default", "self, *, dim=None, keepdim=False",
       [](Call c) {
         const Reduction r = along(c);
         return AtenResults{reduced("ReduceMin", r), reduced("ReduceMax", r)};
       }},
      {"aten.any.default", "self", [](Call c) { return truth(c, "ReduceMax", false); }},
      {"aten.any.dim aten.any.dims", "self, dim=None, keepdim=False",
       [](Call c) { return truth(c, "ReduceMax", true); }},
      {"aten.all.default", "self", [](Call c) { return truth(c, "ReduceMin", false); }},
      {"aten.all.dim aten.all.dims", "self, dim=None, keepdim=False",
       [](Call c) { return truth(c, "ReduceMin", true); }},
      {"aten.var.correction", "self, dim=None, *, correction=None, keepdim=False",
       [](Call c) { return moments(along(c), correction_of(c)).variance; }},
      {"aten.var.dim", "self, dim, unbiased=True, keepdim=False",
       [](Call c) { return moments(along(c), bias_of(c)).variance; }},
      {"aten.var.default", "self, unbiased=True",
       [](Call c) { return moments(whole(c), bias_of(c)).variance; }},
      {"aten.std.correction", "self, dim=None, *, correction=None, keepdim=False",
       [](Call c) { return sqrt(moments(along(c), correction_of(c)).variance); }},
      {"aten.std.dim", "self, dim, unbiased=True, keepdim=False",
       [](Call c) { return sqrt(moments(along(c), bias_of(c)).variance); }},
      {"aten.std.default", "self, unbiased=True",
       [](Call c) { return sqrt(moments(whole(c), bias_of(c)).variance); }},
      {"aten.var_mean.correction", "self, dim=None, *, correction=None, keepdim=False",
       [](Call c) { return with_mean(moments(along(c), correction_of(c)), false); }},
      {"aten.var_mean.dim", "self, dim, unbiased=True, keepdim=False",
       [](Call c) { return with_mean(moments(along(c), bias_of(c)), false); }},
      {"aten.var_mean.default", "self, unbiased=True",
       [](Call c) { return with_mean(moments(whole(c), bias_of(c)), false); }},
      {"aten.std_mean.dim", "self, dim, unbiased=True, keepdim=False",
       [](Call c) { return with_mean(moments(along(c), bias_of(c)), true); }},
      {"aten.std_mean.default", "self, unbiased=True",
       [](Call c) { return with_mean(moments(whole(c), bias_of(c)), true); }},
      {"aten.std_mean.correction", "self, dim=None, *, correction=None, keepdim=False",
       [](Call c) { return with_mean(moments(along(c), correction_of(c)), true); }},
      {"aten.norm.Scalar", "self, p=2", [](Call c) { return norm(whole(c), order_of(c, "p")); }},
      {"aten.norm.ScalarOpt_dim aten.norm.ScalarOpt_dim_dtype",
       "self, p, dim, keepdim=False, *, dtype=None",
       [](Call c) { return norm(along(c), order_of(c, "p")); }},
      {"aten.linalg_vector_norm.default", "self, ord=2, dim=None, keepdim=False, *, dtype=None",
       [](Call c) { return norm(along(c), order_of(c, "ord")); }},
      {"aten.logsumexp.default aten.special_logsumexp.default", "self, dim, keepdim=False",
       log_sum_exp},
      {"aten.nansum.default", "self, dim=None, keepdim=False, *, dtype=None",
       [](Call c) {
         const Reduction r = along(c);
         return reduce_sum(without_nan(r.x), r.axes, r.keep);
       }},
      {"aten.nanmean.default", "self, dim=None, keepdim=False, *, dtype=None", mean_of_numbers},
      {"aten.count_nonzero.dim_IntList aten.count_nonzero.default", "self, dim=None",
       count_of_nonzero},
      {"aten.softmax.int aten._softmax.default aten.special_softmax.int "
       "aten.special_softmax.default",
       "self, dim, dtype=None, half_to_float=False", [](Call c) { return softmax_of(c, false); }},
      {"aten.log_softmax.int aten._log_softmax.default aten.special_log_softmax.int "
       "aten.special_log_softmax.default",
       "self, dim, dtype=None, half_to_float=False", [](Call c) { return softmax_of(c, true); }},
      {"aten._safe_softmax.default", "self, dim, dtype=None", safe_softmax},
      {"aten.cumsum.default", "self, dim, *, dtype=None",
       [](Call c) { return running(c, "CumSum"); }},
      {"aten.cumprod.default", "self, dim, *, dtype=None",
       [](Call c) { return running(c, "CumProd"); }},
  };
}

}  // namespace twingrad::aten
