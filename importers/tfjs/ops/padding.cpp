#include "importers/tfjs/formulas/padding.h"

#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// A list of pairs.
Margins margins_of(const std::vector<int64_t>& flat) {
  check(flat.size() % 2 == 0, "the paddings are no pairs");
  Margins margins;
  for (size_t i = 0; i + 1 < flat.size(); i += 2) margins.emplace_back(flat[i], flat[i + 1]);
  return margins;
}

std::vector<Expr> pad(const OpCall& call) {
  const Expr x = call.input(0);
  const Expr value = call.input_count() > 2 ? call.input(2) : x.like(0);
  if (const auto known = call.known_integers(1)) return {padded(x, margins_of(*known), value)};
  const Expr columns = transpose(call.as_int64(1), std::vector<int64_t>{1, 0});
  return {x.apply("Pad", {reshape(columns, std::vector<int64_t>{-1}), value})};
}

std::vector<Expr> mirror_pad(const OpCall& call) {
  const std::string mode = call.attributes.text("mode");
  check(mode == "REFLECT" || mode == "SYMMETRIC", "unknown mode ", quoted_name(mode));
  return {mirror_padded(call.input(0), margins_of(call.integers(1)), mode == "REFLECT")};
}

const TfOpRow kPaddingRows[] = {
    {"MirrorPad", {}, mirror_pad},
    {"Pad", {}, pad},
    {"PadV2", {}, pad},
};

}  // namespace

std::span<const TfOpRow> padding_op_rows() {
  return kPaddingRows;
}

}  // namespace twingrad
