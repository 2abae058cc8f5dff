#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// Numbers of a distribution between, or around, which stand 0 and 1. The stream is not PyTorch's.
Expr drawn(Expr shape, DataType type, std::string_view op) {
  const Expr base = filled(shape, type, 0);
  return base.apply(op);
}

AtenEmit of_size(std::string_view op) {
  return [op](Call c) { return drawn(c.extents("size"), c.result_type(), op); };
}

AtenEmit like_self(std::string_view op) {
  return [op](Call c) { return drawn(shape_of(c.tensor("self")), c.result_type(), op); };
}

Expr drop(Call c) {
  const Expr x = c.tensor("input");
  if (!c.flag("train") || c.real("p") == 0) return x.apply("Identity");
  return dropped(x, c.real("p"));
}

AtenResults drop_with_mask(Call c) {
  const Expr x = c.tensor("input");
  const bool training = c.is_none("train") || c.flag("train");
  if (!training) return {x.apply("Identity"), filled(shape_of(x), DataType::kBool, 1)};
  const Expr on = c.constant(Tensor::scalar(true));
  return AtenResults::of(c.builder().emit(
      {.op = "Dropout", .inputs = {x.id(), x.like(c.real("p")).id(), on.id()}, .output_count = 2}));
}

// Whole planes or other draws: in evaluation none is made.
Expr undropped(Call c) {
  if (c.flag("train") && c.real("p") > 0) {
    fail_unsupported("the draws of this dropout in training are not supported");
  }
  return c.tensor("input").apply("Identity");
}

Expr whole_numbers(Expr shape, Call c, Expr low, Expr high) {
  const Expr u = drawn(shape, DataType::kDouble, "RandomUniformLike");
  const Expr first = cast(low, DataType::kDouble);
  const Expr span = cast(high, DataType::kDouble) - first;
  return cast(first + (u * span).apply("Floor"), c.result_type());
}

Expr random_permutation(Call c) {
  const Expr count = as_vector(c.extent("n"));
  const Expr keys = drawn(count, DataType::kDouble, "RandomUniformLike");
  const std::vector<ValueId> made =
      c.builder().emit({.op = "TopK", .inputs = {keys.id(), count.id()}, .output_count = 2});
  return cast({c.builder(), made[1]}, c.result_type());
}

Expr bernoulli(Call c) {
  const Expr p = c.tensor("self");
  return cast(drawn(shape_of(p), p.element(), "RandomUniformLike") < p, c.result_type());
}

}  // namespace

std::vector<AtenRow> random_rows() {
  return {
      {"aten.dropout.default", "input, p, train", drop},
      {"aten.native_dropout.default", "input, p, train", drop_with_mask},
      {"aten.feature_dropout.default aten.alpha_dropout.default aten.feature_alpha_dropout.default",
       "input, p, train", undropped},
      {"aten.rand.default", "size, *, dtype=None", of_size("RandomUniformLike")},
      {"aten.randn.default", "size, *, dtype=None", of_size("RandomNormalLike")},
      {"aten.rand_like.default", "self, *, dtype=None", like_self("RandomUniformLike")},
      {"aten.randn_like.default", "self, *, dtype=None", like_self("RandomNormalLike")},
      {"aten.randint.default", "high, size, *, dtype=None",
       [](Call c) {
         return whole_numbers(c.extents("size"), c, integer_scalar(c.builder(), 0),
                              c.extent("high"));
       }},
      {"aten.randint.low", "low, high, size, *, dtype=None",
       [](Call c) {
         return whole_numbers(c.extents("size"), c, c.extent("low"), c.extent("high"));
       }},
      {"aten.randint_like.default", "self, high, *, dtype=None",
       [](Call c) {
         return whole_numbers(shape_of(c.tensor("self")), c, integer_scalar(c.builder(), 0),
                              c.extent("high"));
       }},
      {"aten.randint_like.low_dtype", "self, low, high, *, dtype=None",
       [](Call c) {
         return whole_numbers(shape_of(c.tensor("self")), c, c.extent("low"), c.extent("high"));
       }},
      {"aten.randperm.default", "n, *, dtype=4", random_permutation},
      {"aten.bernoulli.default", "self", bernoulli},
      {"aten.bernoulli.p", "self, p",
       [](Call c) {
         const Expr x = c.tensor("self");
         const Expr u = drawn(shape_of(x), DataType::kDouble, "RandomUniformLike");
         return cast(u < u.like(c.real("p")), c.result_type());
       }},
      {"aten.normal_functional.default", "self, mean=0, std=1",
       [](Call c) {
         const Expr x = c.tensor("self");
         return drawn(shape_of(x), x.element(), "RandomNormalLike") * c.real("std") +
                c.real("mean");
       }},
      {"aten.uniform.default", "self, from=0, to=1",
       [](Call c) {
         const Expr x = c.tensor("self");
         const double low = c.real("from");
         return drawn(shape_of(x), x.element(), "RandomUniformLike") * (c.real("to") - low) + low;
       }},
  };
}

}  // namespace twingrad::aten
