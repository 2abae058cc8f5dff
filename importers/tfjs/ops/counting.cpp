#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

const std::vector<int64_t> kFront = {0};
const std::vector<int64_t> kLast = {-1};

Expr zeros(Expr shape, DataType type) {
  return shape.apply("ConstantOfShape", {}, {{"value", Tensor::zeros(type, {1})}});
}

// Rows of `data` added up where `ids` (int64) are equal: row i of the result is the sum for i.
Expr segment_sum(Expr data, Expr ids, Expr count) {
  const std::vector<int64_t> behind = {1};
  Expr shape = reshape(count, std::vector<int64_t>{1});
  if (data.rank() > 1) {
    shape = concat(std::vector<Expr>{shape, slice(shape_of(data), 0, 1, data.rank())}, 0);
  }
  return zeros(shape, data.element())
      .apply("ScatterND", {unsqueeze(ids, behind), data}, {{"reduction", std::string("add")}});
}

Expr flat(Expr x) {
  return reshape(x, std::vector<int64_t>{-1});
}

// As many segments as the last number says; ids are sorted.
Expr segment_count(Expr ids) {
  return ids.apply("ReduceMax", {}, {{"keepdims", int64_t{0}}}) + 1.0;
}

std::vector<Expr> unsorted_segment_sum(const OpCall& call) {
  if (call.input(1).rank() != 1) fail_unsupported("segments of rank ", call.input(1).rank());
  return {segment_sum(call.input(0), call.as_int64(1), call.as_int64(2))};
}

std::vector<Expr> sorted_segment_sum(const OpCall& call) {
  const Expr ids = call.as_int64(1);
  return {segment_sum(call.input(0), ids, segment_count(ids))};
}

std::vector<Expr> sparse_segment(const OpCall& call, bool mean) {
  const Expr rows = gather(call.input(0), call.input(1), 0);
  const Expr ids = call.as_int64(2);
  const Expr count = segment_count(ids);
  const Expr sum = segment_sum(rows, ids, count);
  if (!mean) return {sum};
  const Expr ones = zeros(shape_of(ids), rows.element()) + 1.0;
  Expr members = segment_sum(ones, ids, count).apply("Max", {rows.like(1)});
  while (members.rank() < sum.rank()) members = unsqueeze(members, kLast);
  return {sum / members};
}

// How often each number below `size` occurs in a vector, or the sum of its weights; numbers from
// there on do not count.
std::vector<Expr> counted(const OpCall& call, bool binary) {
  if (call.input(0).rank() > 1) fail_unsupported("counting in rows is not supported");
  const Expr numbers = flat(call.as_int64(0));
  const Expr size = call.as_int64(1);
  Expr weights = flat(call.input(2));
  const Dimension& given = weights.shape()[0];
  if (!given.known()) fail_unsupported("weights of a length that is not known");
  if (given.is(0)) weights = zeros(shape_of(numbers), weights.element()) + 1.0;
  const Expr last = size.apply("Min", {numbers});
  const Expr counts = segment_sum(weights, last, size + 1.0);
  const Expr kept =
      counts.apply("Slice", {counts.integers({0}), reshape(size, std::vector<int64_t>{1})});
  return {binary ? cast(cast(kept, DataType::kBool), kept.element()) : kept};
}

std::vector<Expr> dense_counted(const OpCall& call) {
  return counted(call, call.attributes.flag("binary_output", false));
}

// Elements of x that are none of y's, and their places.
std::vector<Expr> list_difference(const OpCall& call) {
  const Expr x = call.input(0);
  const std::vector<int64_t> column = {1};
  const Expr same = equal(unsqueeze(x, column), unsqueeze(call.input(1), kFront));
  const Expr found = cast(same, DataType::kInt32)
                         .apply("ReduceSum", {x.integers(column)}, {{"keepdims", int64_t{0}}});
  const Expr places = flat(equal(found, found.like(0)).apply("NonZero"));
  return {gather(x, places, 0), cast(places, call.attributes.type("out_idx", DataType::kInt32))};
}

const TfOpRow kCountingRows[] = {
    {"Bincount", {}, [](const OpCall& c) { return counted(c, false); }},
    {"DenseBincount", {}, dense_counted},
    {"ListDiff", {}, list_difference, "out,idx"},
    {"SegmentSum", {}, sorted_segment_sum},
    {"SparseSegmentMean", {}, [](const OpCall& c) { return sparse_segment(c, true); }},
    {"SparseSegmentSum", {}, [](const OpCall& c) { return sparse_segment(c, false); }},
    {"UnsortedSegmentSum", {}, unsorted_segment_sum},
};

}  // namespace

std::span<const TfOpRow> counting_op_rows() {
  return kCountingRows;
}

}  // namespace twingrad
