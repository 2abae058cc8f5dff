#include "importers/tfjs/formulas/padding.h"
#include "importers/tfjs/formulas/window.h"
#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<Expr> block_moved(const OpCall& call, std::string_view op) {
  const bool last = call.attributes.text("data_format", "NHWC") == "NHWC";
  const Expr y = channels_first(call.input(0), last)
                     .apply(op, {}, {{"blocksize", call.attributes.integer("block_size")}});
  return {channels_back(y, last)};
}

// Extents from axis 1 on; -1 stands for the batch.
std::vector<int64_t> extents_behind_batch(Expr x) {
  std::vector<int64_t> extents = {-1};
  for (int64_t axis = 1; axis < x.rank(); ++axis) {
    const Dimension& dim = x.shape()[axis];
    if (!dim.known()) fail_unsupported("an extent is not known: ", x.type());
    extents.push_back(dim.extent);
  }
  return extents;
}

struct Blocks {
  std::vector<int64_t> extents;
  Margins margins;  // of all axes of the image
};

Blocks read_blocks(const OpCall& call, int64_t sign) {
  const int64_t rank = call.input(0).rank();
  Blocks blocks{call.integers(1), Margins(static_cast<size_t>(rank))};
  const auto flat = call.integers(2);
  check(flat.size() == 2 * blocks.extents.size() &&
            static_cast<int64_t>(blocks.extents.size()) < rank,
        "blocks and paddings do not fit");
  for (size_t i = 0; i < blocks.extents.size(); ++i) {
    check(blocks.extents[i] >= 1, "a block has the extent ", blocks.extents[i]);
    blocks.margins[i + 1] = {sign * flat[2 * i], sign * flat[2 * i + 1]};
  }
  return blocks;
}

std::vector<Expr> space_to_batch(const OpCall& call) {
  const Blocks blocks = read_blocks(call, 1);
  const Expr x = zero_padded(call.input(0), blocks.margins);
  const auto extents = extents_behind_batch(x);
  const auto count = static_cast<int64_t>(blocks.extents.size());
  std::vector<int64_t> cut = {-1};
  std::vector<int64_t> order;
  std::vector<int64_t> result = {-1};
  for (int64_t i = 0; i < count; ++i) {
    const auto k = static_cast<size_t>(i);
    check(extents[k + 1] % blocks.extents[k] == 0, "blocks of ", blocks.extents[k],
          " do not divide ", extents[k + 1]);
    cut.insert(cut.end(), {extents[k + 1] / blocks.extents[k], blocks.extents[k]});
    order.push_back(2 * i + 2);
    result.push_back(extents[k + 1] / blocks.extents[k]);
  }
  order.push_back(0);
  for (int64_t i = 0; i < count; ++i) order.push_back(2 * i + 1);
  for (auto k = static_cast<size_t>(count + 1); k < extents.size(); ++k) {
    order.push_back(static_cast<int64_t>(cut.size()));
    cut.push_back(extents[k]);
    result.push_back(extents[k]);
  }
  return {reshape(transpose(reshape(x, cut), order), result)};
}

std::vector<Expr> batch_to_space(const OpCall& call) {
  const Expr x = call.input(0);
  const Blocks blocks = read_blocks(call, -1);
  const auto extents = extents_behind_batch(x);
  const auto count = static_cast<int64_t>(blocks.extents.size());
  std::vector<int64_t> cut = blocks.extents;
  cut.insert(cut.end(), extents.begin(), extents.end());
  std::vector<int64_t> order = {count};
  std::vector<int64_t> result = {-1};
  for (int64_t i = 0; i < count; ++i) {
    const auto k = static_cast<size_t>(i);
    order.insert(order.end(), {count + 1 + i, i});
    const auto whole = checked_product(extents[k + 1], blocks.extents[k]);
    check(whole.has_value(), "an extent is too large");
    result.push_back(*whole);
  }
  for (auto k = static_cast<size_t>(count + 1); k < extents.size(); ++k) {
    order.push_back(count + static_cast<int64_t>(k));
    result.push_back(extents[k]);
  }
  return {zero_padded(reshape(transpose(reshape(x, cut), order), result), blocks.margins)};
}

const TfOpRow kRearrangementRows[] = {
    {"BatchToSpaceND", {}, batch_to_space},
    {"DepthToSpace", {}, [](const OpCall& c) { return block_moved(c, "DepthToSpace"); }},
    {"SpaceToBatchND", {}, space_to_batch},
    {"SpaceToDepth", {}, [](const OpCall& c) { return block_moved(c, "SpaceToDepth"); }},
};

}  // namespace

std::span<const TfOpRow> rearrangement_op_rows() {
  return kRearrangementRows;
}

}  // namespace twingrad
