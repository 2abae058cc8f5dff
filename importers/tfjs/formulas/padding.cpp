#include "importers/tfjs/formulas/padding.h"

#include <limits>

#include "importers/tfjs/formulas/reversal.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Expr pads_of(Expr x, const Margins& margins) {
  check(static_cast<int64_t>(margins.size()) == x.rank(), "paddings for ", margins.size(),
        " axes do not fit ", x.type());
  std::vector<int64_t> pads;
  for (const auto& [front, behind] : margins) pads.push_back(front);
  for (const auto& [front, behind] : margins) pads.push_back(behind);
  return x.integers(pads);
}

}  // namespace

Expr zero_padded(Expr x, const Margins& margins) {
  return x.apply("Pad", {pads_of(x, margins)});
}

Expr padded(Expr x, const Margins& margins, Expr value) {
  return x.apply("Pad", {pads_of(x, margins), value});
}

Expr mirror_padded(Expr x, const Margins& margins, bool reflect) {
  const Expr pads = pads_of(x, margins);
  if (reflect) return x.apply("Pad", {pads}, {{"mode", std::string("reflect")}});
  for (size_t i = 0; i < margins.size(); ++i) {
    const auto axis = static_cast<int64_t>(i);
    const auto [front, behind] = margins[i];
    check(front >= 0 && behind >= 0, "a padding is negative");
    std::vector<Expr> parts;
    if (front > 0) {
      parts.push_back(backwards(x, axis, front - 1, std::numeric_limits<int64_t>::min()));
    }
    parts.push_back(x);
    if (behind > 0) parts.push_back(backwards(x, axis, -1, -behind - 1));
    if (parts.size() > 1) x = concat(parts, axis);
  }
  return x;
}

}  // namespace twingrad
