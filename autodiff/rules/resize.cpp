#include "autodiff/rules/tables.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

ValueId optional_input(Context c, size_t i) {
  return c.has_x(i) ? c.x(i).id() : kNoValue;
}

// A linear map of X but for what is extrapolated: back by its transpose.
Expr resize_x(Context c) {
  return {c.builder(), c.builder().emit_one("ResizeGradient",
                                            {c.g().id(), optional_input(c, 1), optional_input(c, 2),
                                             optional_input(c, 3), shape_of(c.x()).id()},
                                            c.attributes(), kInternalDomain)};
}

Expr resize_gradient_dy(Context c) {
  Attributes attributes = c.attributes();
  attributes.set("extrapolation_value", 0.0F);
  return {c.builder(), c.builder().emit_one("Resize",
                                            {c.g().id(), optional_input(c, 1), optional_input(c, 2),
                                             optional_input(c, 3)},
                                            attributes)};
}

}  // namespace

std::vector<DerivativeRow> resize_derivatives() {
  return {
      {"Resize", {resize_x, nullptr, nullptr, nullptr}},
      {"ResizeGradient",
       {resize_gradient_dy, nullptr, nullptr, nullptr, nullptr},
       nullptr,
       kInternalDomain},
  };
}

}  // namespace twingrad
