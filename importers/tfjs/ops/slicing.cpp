#include <algorithm>
#include <limits>

#include "importers/tfjs/formulas/reversal.h"
#include "importers/tfjs/ops/op_row.h"
#include "importers/tfjs/ops/strided_slice.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<Expr> gather_v2(const OpCall& call) {
  const Expr x = call.input(0);
  const Expr indices = call.input(1);
  const int64_t axis =
      call.input_count() > 2 ? normalized_axis(call.integer(2), x.rank()) : int64_t{0};
  int64_t batch = call.attributes.integer("batch_dims", 0);
  if (batch < 0) batch += indices.rank();
  if (batch == 0) return {gather(x, indices, axis)};
  if (axis != batch) fail_unsupported("batch_dims ", batch, " with axis ", axis);
  const std::vector<int64_t> last = {indices.rank()};
  return {x.apply("GatherND", {unsqueeze(cast(indices, DataType::kInt64), last)},
                  {{"batch_dims", batch}})};
}

std::vector<Expr> gather_nd(const OpCall& call) {
  return {call.input(0).apply("GatherND", {cast(call.input(1), DataType::kInt64)})};
}

// First elements and extents; -1 as an extent means up to the end.
std::vector<Expr> sliced(const OpCall& call) {
  const Expr x = call.input(0);
  const auto begin = call.known_integers(1);
  const auto size = call.known_integers(2);
  const int64_t last = std::numeric_limits<int64_t>::max();
  if (begin && size && begin->size() == size->size()) {
    std::vector<int64_t> ends;
    for (size_t i = 0; i < begin->size(); ++i) {
      int64_t end = last;
      if ((*size)[i] != -1) {
        check(!__builtin_add_overflow((*begin)[i], (*size)[i], &end), "a size is too large");
      }
      ends.push_back(end);
    }
    return {x.apply("Slice", {call.integers_constant(*begin), call.integers_constant(ends)})};
  }
  const Expr first = call.as_int64(1);
  const Expr extent = call.as_int64(2);
  const Expr open = equal(extent, call.constant(Tensor::scalar(int64_t{-1})));
  const Expr end = where(open, call.constant(Tensor::scalar(last)), first + extent);
  return {x.apply("Slice", {first, end})};
}

std::vector<Expr> split_by(const OpCall& call, Expr x, int64_t axis, int64_t count,
                           std::optional<Expr> sizes) {
  check(count >= 1 && count <= 100'000, "splits into ", count, " parts");
  NodeSpec spec;
  spec.op = "Split";
  spec.inputs = {x.id()};
  spec.attributes.set("axis", axis);
  if (sizes) {
    spec.inputs.push_back(sizes->id());
  } else {
    spec.attributes.set("num_outputs", count);
  }
  spec.output_count = static_cast<size_t>(count);
  std::vector<Expr> parts;
  for (const ValueId id : call.builder().emit(std::move(spec))) {
    parts.emplace_back(call.builder(), id);
  }
  return parts;
}

std::vector<Expr> split(const OpCall& call) {
  const int64_t count = call.attributes.integer("num_split");
  if (count == 1) return {call.input(1)};
  return split_by(call, call.input(1), call.integer(0), count, std::nullopt);
}

// One of the sizes may be -1: what is left.
std::vector<Expr> split_v(const OpCall& call) {
  const Expr x = call.input(0);
  std::vector<int64_t> sizes = call.integers(1);
  const int64_t axis = normalized_axis(call.integer(2), x.rank());
  const auto open = std::ranges::find(sizes, int64_t{-1});
  if (open != sizes.end()) {
    const Dimension& dim = x.shape()[axis];
    if (!dim.known()) fail_unsupported("a size is open, and the extent is not known: ", x.type());
    int64_t rest = dim.extent;
    for (const int64_t size : sizes) {
      if (size == -1) continue;
      check(size >= 0 && size <= rest, "the sizes exceed ", dim.extent);
      rest -= size;
    }
    *open = rest;
  }
  return split_by(call, x, axis, static_cast<int64_t>(sizes.size()), call.integers_constant(sizes));
}

std::vector<Expr> unpack(const OpCall& call) {
  const Expr x = call.input(0);
  const int64_t count = call.attributes.integer("num");
  const std::vector<int64_t> axis = {normalized_axis(call.attributes.integer("axis", 0), x.rank())};
  if (count == 0) return {};
  if (count == 1) return {squeeze(x, axis)};
  std::vector<Expr> parts;
  for (const Expr& part : split_by(call, x, axis[0], count, std::nullopt)) {
    parts.push_back(squeeze(part, axis));
  }
  return parts;
}

std::vector<Expr> reverse_v2(const OpCall& call) {
  return {reversed(call.input(0), call.integers(1))};
}

// Which axes turn is said by booleans.
std::vector<Expr> reverse(const OpCall& call) {
  const auto flags = call.builder().contents(call.input(1).id());
  if (!flags || !flags->known()) fail_unsupported("input 1 is computed");
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < flags->rank(); ++axis) {
    if (!(*flags)[axis].is(0)) axes.push_back(axis);
  }
  return {reversed(call.input(0), axes)};
}

Expr scattered(Expr data, Expr indices, Expr updates, const char* reduction) {
  return data.apply("ScatterND", {cast(indices, DataType::kInt64), updates},
                    {{"reduction", std::string(reduction)}});
}

std::vector<Expr> scatter_nd(const OpCall& call) {
  const Expr updates = call.input(1);
  const Expr zeros = call.as_int64(2).apply("ConstantOfShape", {},
                                            {{"value", Tensor::zeros(updates.element(), {1})}});
  return {scattered(zeros, call.input(0), updates, "add")};
}

std::vector<Expr> tensor_scatter(const OpCall& call, const char* reduction) {
  return {scattered(call.input(0), call.input(1), call.input(2), reduction)};
}

std::vector<Expr> sparse_to_dense(const OpCall& call) {
  Expr indices = call.input(0);
  if (indices.rank() == 1) indices = unsqueeze(indices, std::vector<int64_t>{1});
  check(indices.rank() == 2, "indices of rank ", indices.rank(), " are not supported");
  Expr values = call.input(2);
  if (values.rank() == 0) {
    values = values.apply("Expand", {slice(shape_of(indices), 0, 0, 1)});
  }
  const Expr base = call.input(3).apply("Expand", {call.as_int64(1)});
  return {scattered(base, indices, values, "none")};
}

const TfOpRow kSlicingRows[] = {
    {"Gather", {}, gather_v2},
    {"GatherNd", {}, gather_nd},
    {"GatherV2", {}, gather_v2},
    {"Reverse", {}, reverse},
    {"ReverseV2", {}, reverse_v2},
    {"ScatterNd", {}, scatter_nd},
    {"Slice", {}, sliced},
    {"SparseToDense", {}, sparse_to_dense},
    {"Split", {}, split},
    {"SplitV", {}, split_v},
    {"StridedSlice", {}, strided_slice},
    {"TensorScatterAdd", {}, [](const OpCall& c) { return tensor_scatter(c, "add"); }},
    {"TensorScatterUpdate", {}, [](const OpCall& c) { return tensor_scatter(c, "none"); }},
    {"Unpack", {}, unpack},
};

}  // namespace

std::span<const TfOpRow> slicing_op_rows() {
  return kSlicingRows;
}

}  // namespace twingrad
