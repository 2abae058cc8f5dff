#include "ir/ops/microsoft_heads.h"

#include <array>

#include "ir/error.h"
#include "ir/ops/extents.h"

namespace twingrad {
namespace {

constexpr std::array<int64_t, 4> kHeadsFirst = {0, 2, 1, 3};

// Of mask[B] or mask[2B], the latter ends and then beginnings: whether keys exist, [B,T].
Expr existing_keys(Expr mask, Expr q, Expr length) {
  const std::vector<int64_t> column = {1};
  const Expr keys = cast(counted(length), mask.element());
  const Dimension& count = mask.shape()[0];
  const Dimension& batch = q.shape()[0];
  if (!count.known() || !batch.known() || count.extent == batch.extent) {
    return keys < unsqueeze(mask, column);
  }
  if (count.extent != 2 * batch.extent) {
    fail_unsupported("a mask of ", count.extent, " numbers for a batch of ", batch.extent);
  }
  const Expr ends = unsqueeze(slice(mask, 0, 0, batch.extent), column);
  const Expr starts = unsqueeze(slice(mask, 0, batch.extent, count.extent), column);
  return (keys < ends).apply("And", {keys >= starts});
}

}  // namespace

std::vector<Expr> attended(const HeadedAttention& call, size_t outputs) {
  Builder& builder = call.q.builder();
  const auto id = [](const std::optional<Expr>& x) { return x ? x->id() : kNoValue; };
  NodeSpec spec;
  spec.op = "Attention";
  spec.inputs = {call.q.id(),   call.k.id(),     call.v.id(),
                 id(call.mask), id(call.past_k), id(call.past_v)};
  spec.attributes = {{"is_causal", int64_t{call.causal}},
                     {"qk_matmul_output_mode", call.scores},
                     {"softcap", call.softcap}};
  if (call.scale) spec.attributes.set("scale", *call.scale);
  spec.output_count = outputs;
  std::vector<Expr> results;
  for (const ValueId output : builder.emit(std::move(spec))) results.emplace_back(builder, output);
  results[0] = merge_heads(transpose(results[0], kHeadsFirst));
  return results;
}

Expr heads_first(Expr x, int64_t heads) {
  check(heads >= 1, "attribute 'num_heads' is ", heads);
  check(x.rank() == 3, "queries, keys and values in one axis must have 3 axes, the shape is ",
        x.shape());
  const Dimension& hidden = x.shape()[2];
  check(!hidden.known() || hidden.extent % heads == 0, hidden.extent, " features for ", heads,
        " heads");
  return transpose(split_heads(x, heads), kHeadsFirst);
}

std::vector<Expr> divided(Expr x, std::span<const int64_t> sizes) {
  std::vector<Expr> parts;
  int64_t first = 0;
  for (const int64_t size : sizes) {
    parts.push_back(slice(x, x.rank() - 1, first, first + size));
    first += size;
  }
  return parts;
}

int64_t known_width(Expr x) {
  check(x.rank() > 0, "a scalar has no last axis");
  const Dimension& width = x.shape()[x.rank() - 1];
  if (!width.known()) fail_unsupported("the last extent must be known, the shape is ", x.shape());
  return width.extent;
}

Expr padding_bias(Expr mask, Expr q, Expr length, double filter) {
  const auto added = [&](Expr exists) { return where(exists, q.like(0), q.like(filter)); };
  const auto nonzero = [&] { return cast(mask, DataType::kBool); };
  const std::vector<int64_t> heads = {1};
  const std::vector<int64_t> heads_and_queries = {1, 2};
  switch (mask.rank()) {
    case 1:
      return unsqueeze(added(existing_keys(mask, q, length)), heads_and_queries);
    case 2:
      return unsqueeze(added(nonzero()), heads_and_queries);
    case 3:
      return unsqueeze(added(nonzero()), heads);
    default:
      fail_unsupported("a mask of shape ", mask.shape());
  }
}

void refuse_input(const Node& node, std::span<const ValueId> inputs, size_t i) {
  if (i < inputs.size() && inputs[i] != kNoValue) {
    fail_unsupported("input ", quoted_name(node.op->input(i)->name), " is not supported");
  }
}

void refuse_flag(const Node& node, std::string_view attribute) {
  if (node.attributes.has(attribute) && node.attributes.flag(attribute)) {
    fail_unsupported("attribute ", quoted_name(attribute), " is not supported");
  }
}

}  // namespace twingrad
