#include "importers/pt2/views.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "importers/pt2/ops/formulas.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using aten::scattered_slice;
using aten::slice_end;
using aten::slice_start;
using aten::swapped_axes;
using aten::wrapped_index;

enum class ViewKind : uint8_t { kShape, kPermutation, kSelect, kSlice, kOther };

struct ViewRow {
  std::string_view target;
  ViewKind kind;
};

constexpr std::array kViews = {
    ViewRow{"aten.view.default", ViewKind::kShape},
    ViewRow{"aten.reshape.default", ViewKind::kShape},
    ViewRow{"aten._unsafe_view.default", ViewKind::kShape},
    ViewRow{"aten.view_as.default", ViewKind::kShape},
    ViewRow{"aten.flatten.using_ints", ViewKind::kShape},
    ViewRow{"aten.unflatten.int", ViewKind::kShape},
    ViewRow{"aten.squeeze.default", ViewKind::kShape},
    ViewRow{"aten.squeeze.dim", ViewKind::kShape},
    ViewRow{"aten.squeeze.dims", ViewKind::kShape},
    ViewRow{"aten.unsqueeze.default", ViewKind::kShape},
    ViewRow{"aten.alias.default", ViewKind::kShape},
    ViewRow{"aten.detach.default", ViewKind::kShape},
    ViewRow{"aten.contiguous.default", ViewKind::kShape},
    ViewRow{"aten.to.dtype", ViewKind::kShape},
    ViewRow{"aten.permute.default", ViewKind::kPermutation},
    ViewRow{"aten.transpose.int", ViewKind::kPermutation},
    ViewRow{"aten.t.default", ViewKind::kPermutation},
    ViewRow{"aten.select.int", ViewKind::kSelect},
    ViewRow{"aten.slice.Tensor", ViewKind::kSlice},
    ViewRow{"aten.narrow.default", ViewKind::kOther},
    ViewRow{"aten.expand.default", ViewKind::kOther},
    ViewRow{"aten.expand_as.default", ViewKind::kOther},
    ViewRow{"aten.diagonal.default", ViewKind::kOther},
    ViewRow{"aten.unbind.int", ViewKind::kOther},
    ViewRow{"aten.split.Tensor", ViewKind::kOther},
    ViewRow{"aten.split_with_sizes.default", ViewKind::kOther},
    ViewRow{"aten.chunk.default", ViewKind::kOther},
    ViewRow{"aten.as_strided.default", ViewKind::kOther},
    ViewRow{"aten.unfold.default", ViewKind::kOther},
    ViewRow{"aten.movedim.int", ViewKind::kOther},
};

const ViewRow* find_view(std::string_view target) {
  const auto* found = std::ranges::find(kViews, target, &ViewRow::target);
  return found == kViews.end() ? nullptr : found;
}

Expr permuted_back(std::string_view target, const AtenCall& call, Expr written) {
  const int64_t rank = written.rank();
  if (target != "aten.permute.default") {
    const bool named = target == "aten.transpose.int";
    const int64_t a = named ? normalized_axis(call.integer("dim0"), rank) : 0;
    const int64_t b = named ? normalized_axis(call.integer("dim1"), rank) : rank - 1;
    return swapped_axes(written, a, b);
  }
  const std::vector<int64_t> order = call.integers("dims");
  std::vector<int64_t> inverse(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    inverse[static_cast<size_t>(normalized_axis(order[i], rank))] = static_cast<int64_t>(i);
  }
  return transpose(written, inverse);
}

}  // namespace

bool makes_view(std::string_view target) {
  return find_view(target) != nullptr;
}

Expr put_back(std::string_view target, const AtenCall& call, Expr base, Expr written) {
  const ViewRow* row = find_view(target);
  switch (row == nullptr ? ViewKind::kOther : row->kind) {
    case ViewKind::kShape:
      return reshape_as(cast(written, base.element()), base);
    case ViewKind::kPermutation:
      return permuted_back(target, call, written);
    case ViewKind::kSelect: {
      const int64_t axis = normalized_axis(call.integer("dim"), base.rank());
      const Expr index = wrapped_index(call.extent("index"), base, axis);
      return scattered_slice(base, unsqueeze(written, std::array{axis}), axis, index, index + 1, 1);
    }
    case ViewKind::kSlice: {
      const int64_t axis = normalized_axis(call.integer("dim"), base.rank());
      return scattered_slice(base, written, axis, slice_start(call, base, axis),
                             slice_end(call, base, axis), call.integer("step"));
    }
    case ViewKind::kOther:
      break;
  }
  fail_unsupported("a tensor is written into through a view by ", target);
}

}  // namespace twingrad
