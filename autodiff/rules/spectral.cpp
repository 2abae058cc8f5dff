#include "autodiff/rules/tables.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

const std::vector<int64_t> kOne = {1};

// The axis as a vector of one element: which it is, only its value may tell.
Expr transform_axis(Context c) {
  return c.has_x(2) ? reshape(c.x(2), kOne) : c.g().integers({-2});
}

Expr extent_along(Expr x, Expr axis) {
  return gather(shape_of(x), axis, 0);
}

// Cut, or filled up with zeros behind, to an extent.
Expr fitted(Expr x, Expr axis, Expr extent) {
  const Expr cut = x.apply("Slice", {x.integers({0}), extent, axis});
  const Expr missing = extent - extent_along(cut, axis);
  const std::vector<Expr> pads = {x.integers({0}), missing};
  NodeSpec spec{.op = "Pad", .inputs = {cut.id(), concat(pads, 0).id(), kNoValue, axis.id()}};
  return {x.builder(), x.builder().emit(std::move(spec))[0]};
}

Expr transformed(Expr x, Expr axis, bool inverse, bool onesided) {
  const std::vector<int64_t> scalar;
  return {x.builder(), x.builder().emit_one("DFT", {x.id(), kNoValue, reshape(axis, scalar).id()},
                                            {{"inverse", static_cast<int64_t>(inverse)},
                                             {"onesided", static_cast<int64_t>(onesided)}})};
}

// Of the spectrum of real numbers, all but the first and, of an even length, the last stand for
// two.
Expr counted_twice(Expr spectrum, Expr axis, Expr length) {
  Builder& builder = spectrum.builder();
  const Expr zero(builder, builder.constant(Tensor::scalar<int64_t>(0)));
  const Expr one(builder, builder.constant(Tensor::scalar<int64_t>(1)));
  const std::vector<int64_t> front = {0};
  const Expr number = zero.apply("Range", {squeeze(extent_along(spectrum, axis), front), one});
  const auto is = [&](Expr a, Expr b) { return cast(equal(a, b), spectrum.element()); };
  const Expr single = is(number, number.like(0)) + is(number + number, length);
  const std::vector<int64_t> ones(static_cast<size_t>(spectrum.rank()), 1);
  const Expr shape = spectrum.integers(ones).apply("ScatterElements", {axis, axis.integers({-1})});
  return spectrum * reshape(2.0 - single, shape);
}

// The transform is linear: back by its conjugate transpose, which is a transform again.
Expr dft_input(Context c) {
  const Expr x = c.x(0);
  const Expr axis = transform_axis(c);
  const bool inverse = c.attributes().flag("inverse");
  const bool onesided = c.attributes().flag("onesided");
  Expr length = extent_along(inverse || !onesided ? c.g() : x, axis);
  if (c.has_x(1)) length = reshape(cast(c.x(1), DataType::kInt64), kOne);
  const Expr number = cast(length, x.element());
  Expr g = c.g();
  if (!inverse) {
    if (onesided) g = fitted(g, axis, length);
    g = transformed(g, axis, true, false) * number;
  } else {
    g = transformed(g, axis, false, onesided) / number;
    if (onesided) g = counted_twice(g, axis, length);
  }
  g = fitted(g, axis, extent_along(x, axis));
  const Dimension& parts = x.shape()[x.rank() - 1];
  if (!parts.known()) fail_unsupported("the gradient of DFT needs to know the last axis");
  return parts.extent == 1 ? slice(g, x.rank() - 1, 0, 1) : g;
}

}  // namespace

std::vector<DerivativeRow> spectral_derivatives() {
  return {
      {"DFT", {dft_input, nullptr, nullptr}},
      {"MelWeightMatrix", {nullptr}},
      {"HannWindow", {nullptr}},
      {"HammingWindow", {nullptr}},
      {"BlackmanWindow", {nullptr}},
  };
}

}  // namespace twingrad
