#include <algorithm>

#include "importers/pt2/ops/families.h"
#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad::aten {
namespace {

// PyTorch names the last axis first, begin and end of each; ONNX all begins, then all ends.
Expr pads_of(Call c, Expr x) {
  const std::vector<TorchNumber> given = c.numbers(c.is_none("pad") ? "padding" : "pad");
  check(given.size() % 2 == 0 && given.size() / 2 <= static_cast<size_t>(x.rank()), given.size(),
        " pads for ", x.rank(), " axes");
  const auto rank = static_cast<size_t>(x.rank());
  std::vector<TorchNumber> pads(2 * rank, TorchNumber::of(int64_t{0}));
  for (size_t i = 0; i < given.size(); ++i) {
    pads[rank - 1 - i / 2 + (i % 2) * rank] = given[i];
  }
  std::vector<Expr> parts;
  parts.reserve(pads.size());
  for (const TorchNumber& pad : pads) parts.push_back(as_vector(c.scalar(pad, DataType::kInt64)));
  if (parts.empty()) return integer_vector(c.builder(), {});
  const bool known = std::ranges::all_of(pads, &TorchNumber::known);
  if (!known) return concat(parts, 0);
  std::vector<int64_t> numbers;
  for (const TorchNumber& pad : pads) numbers.push_back(pad.integer);
  return integer_vector(c.builder(), numbers);
}

Expr padded(Call c, Expr x, const std::string& mode, std::optional<Expr> value) {
  std::vector<ValueId> inputs = {x.id(), pads_of(c, x).id()};
  if (value) inputs.push_back(value->id());
  return {c.builder(), c.builder().emit_one("Pad", inputs, {{"mode", mode}})};
}

AtenEmit by_mode(const std::string& mode) {
  return [mode](Call c) { return padded(c, c.tensor("self"), mode, std::nullopt); };
}

Expr constant_pad(Call c) {
  const Expr x = c.tensor("self");
  const Expr value = c.is_none("value") ? x.like(0) : c.operand("value", x.element());
  if (x.element() != DataType::kBool) return padded(c, x, "constant", value);
  const Expr flags = cast(x, DataType::kUint8);
  return cast(padded(c, flags, "constant", cast(value, DataType::kUint8)), DataType::kBool);
}

Expr pad_by_name(Call c) {
  const std::string& mode = c.text("mode");
  if (mode == "constant") return constant_pad(c);
  const std::string name = mode == "replicate" ? "edge" : mode == "circular" ? "wrap" : mode;
  return padded(c, c.tensor("self"), name, std::nullopt);
}

}  // namespace

std::vector<AtenRow> padding_rows() {
  return {
      {"aten.constant_pad_nd.default", "self, pad, value=0, padding=None", constant_pad},
      {"aten.pad.default", "self, pad, mode='constant', value=None, padding=None", pad_by_name},
      {"aten.reflection_pad1d.default aten.reflection_pad2d.default aten.reflection_pad3d.default",
       "self, padding, pad=None", by_mode("reflect")},
      {"aten.replication_pad1d.default aten.replication_pad2d.default "
       "aten.replication_pad3d.default",
       "self, padding, pad=None", by_mode("edge")},
  };
}

}  // namespace twingrad::aten
