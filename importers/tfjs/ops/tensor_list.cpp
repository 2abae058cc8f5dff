// Lists of tensors of one shape are tensors with an axis for the items in front.
#include "importers/tfjs/ops/tensor_list.h"
#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

const std::vector<int64_t> kListFront = {0};

Expr zeros_of(Expr shape, DataType type) {
  return shape.apply("ConstantOfShape", {}, {{"value", Tensor::zeros(type, {1})}});
}

// Extents of the items that nobody knows yet are 1, and grow with the first item; of items whose
// rank is not known there are no axes at all.
Expr empty_items(const OpCall& call, size_t shape_input, Expr count) {
  const DataType type = call.attributes.type("element_dtype");
  std::vector<Expr> extents = {reshape(count, std::vector<int64_t>{1})};
  const Expr shape = call.input(shape_input);
  if (shape.rank() == 1) {
    const Expr open = call.as_int64(shape_input);
    const auto known = call.known_integers(shape_input);
    if (known) {
      std::vector<int64_t> items = *known;
      for (int64_t& extent : items) extent = extent < 0 ? 1 : extent;
      extents.push_back(call.integers_constant(items));
    } else {
      extents.push_back(open.apply("Abs"));
    }
  }
  return zeros_of(extents.size() == 1 ? extents[0] : concat(extents, 0), type);
}

std::vector<Expr> reserve(const OpCall& call) {
  return {empty_items(call, 0, call.as_int64(1))};
}

std::vector<Expr> empty_list(const OpCall& call) {
  return {empty_items(call, 0, call.constant(Tensor::scalar(int64_t{0})))};
}

// The list with items of the shape of this one.
Expr grown(Expr list, Expr item) {
  const Expr count = slice(shape_of(list), 0, 0, 1);
  const Expr shape = item.rank() == 0 ? count : concat(std::vector<Expr>{count, shape_of(item)}, 0);
  if (list.rank() != item.rank() + 1) return zeros_of(shape, item.element());
  bool unchanged = true;
  for (int64_t axis = 0; axis < item.rank(); ++axis) {
    unchanged = unchanged && list.shape()[axis + 1].same_as(item.shape()[axis]);
  }
  return unchanged ? list : list.apply("Expand", {shape});
}

std::vector<Expr> set_item(const OpCall& call) {
  const Expr item = call.input(2);
  const Expr list = grown(call.input(0), item);
  const Expr place = reshape(call.as_int64(1), std::vector<int64_t>{1, 1});
  return {list.apply("ScatterND", {place, unsqueeze(item, kListFront)})};
}

std::vector<Expr> get_item(const OpCall& call) {
  return {gather(call.input(0), call.input(1), 0)};
}

std::vector<Expr> push_back(const OpCall& call) {
  const Expr item = call.input(1);
  return {concat(std::vector<Expr>{grown(call.input(0), item), unsqueeze(item, kListFront)}, 0)};
}

std::vector<Expr> pop_back(const OpCall& call) {
  const Expr list = call.input(0);
  const Expr last =
      list.apply("Slice", {list.integers({0}), list.integers({-1}), list.integers({0})});
  return {last, gather(list, call.constant(Tensor::scalar(int64_t{-1})), 0)};
}

std::vector<Expr> unchanged(const OpCall& call) {
  return {call.input(0)};
}

std::vector<Expr> length(const OpCall& call) {
  const Expr count = slice(shape_of(call.input(0)), 0, 0, 1);
  return {cast(squeeze(count, kListFront), DataType::kInt32)};
}

// Items along their first axis.
std::vector<Expr> joined_items(const OpCall& call) {
  const Expr list = call.input(0);
  const Expr shape = slice(shape_of(list), 0, 2, list.rank());
  return {reshape(list, concat(std::vector<Expr>{list.integers({-1}), shape}, 0))};
}

// A list of `count` items, of which a tensor has those at some places.
std::vector<Expr> scattered_items(const OpCall& call) {
  const Expr items = call.input(0);
  const Expr places = call.as_int64(1);
  Expr count =
      call.input_count() > 3 ? call.as_int64(3) : call.constant(Tensor::scalar(int64_t{-1}));
  const auto known = call.input_count() > 3 ? call.known_integers(3) : std::nullopt;
  if (!known || known->at(0) < 0) {
    count = places.apply("ReduceMax", {}, {{"keepdims", int64_t{0}}}) + 1.0;
  }
  const std::vector<Expr> extents = {reshape(count, std::vector<int64_t>{1}),
                                     slice(shape_of(items), 0, 1, items.rank())};
  const std::vector<int64_t> last = {1};
  return {zeros_of(concat(extents, 0), items.element())
              .apply("ScatterND", {unsqueeze(places, last), items})};
}

const TfOpRow kTensorListRows[] = {
    {"EmptyTensorList", {}, empty_list},
    {"TensorListConcat", {}, joined_items},
    {"TensorListConcatV2", {}, joined_items},
    {"TensorListFromTensor", {}, unchanged},
    {"TensorListGather", {}, get_item},
    {"TensorListGetItem", {}, get_item},
    {"TensorListLength", {}, length},
    {"TensorListPopBack", {}, pop_back, "output_handle,tensor"},
    {"TensorListPushBack", {}, push_back},
    {"TensorListReserve", {}, reserve},
    {"TensorListScatter", {}, scattered_items},
    {"TensorListScatterV2", {}, scattered_items},
    {"TensorListSetItem", {}, set_item},
    {"TensorListStack", {}, unchanged},
};

}  // namespace

bool makes_open_list(std::string_view op) {
  return op == "TensorListReserve";
}

std::span<const TfOpRow> tensor_list_op_rows() {
  return kTensorListRows;
}

}  // namespace twingrad
