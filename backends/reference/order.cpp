#include <algorithm>
#include <numeric>

#include "backends/reference/comparable.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// A tensor as items along one axis: item i has the elements at [outer, i, inner].
struct Items {
  int64_t outer;
  int64_t count;
  int64_t inner;

  int64_t offset(int64_t o, int64_t i) const { return (o * count + i) * inner; }
};

Items items_along(const Shape& shape, int64_t axis) {
  return {shape.product(0, axis), shape[axis], shape.product(axis + 1, shape.rank())};
}

int64_t top_k_axis(const KernelContext& context) {
  return normalized_axis(context.attributes().integer("axis"), context.input(0).rank());
}

// The indices of one line for every thread. Without elements there is no line, whatever its extent.
size_t top_k_workspace(const KernelContext& context) {
  if (context.input(0).element_count() == 0) return 0;
  const int64_t extent = context.input(0).shape()[top_k_axis(context)];
  return static_cast<size_t>(context.pool.threads()) * static_cast<size_t>(extent) *
         sizeof(int64_t);
}

// Of equal elements the one of the lower index goes first, as ONNX has it; a NaN is larger than
// every number, as for NumPy and PyTorch. Elements are sorted also where they need not be.
void top_k(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const int64_t axis = top_k_axis(context);
  const bool largest = context.attributes().flag("largest");
  const Items from = items_along(x.shape(), axis);
  const Tensor& any = context.has_output(0) ? context.output(0) : context.output(1);
  const Items to = items_along(any.shape(), axis);
  dispatch_numbers(x.type(), [&]<typename T>() {
    T* values = context.has_output(0) ? context.output(0).data<T>() : nullptr;
    int64_t* indices = context.has_output(1) ? context.output(1).data<int64_t>() : nullptr;
    context.pool.parallel_for(from.outer * from.inner, [&](int64_t line, int worker) {
      const T* first = x.data<T>() + from.offset(line / from.inner, 0) + line % from.inner;
      const std::span<int64_t> order(
          reinterpret_cast<int64_t*>(context.workspace.data()) + worker * from.count,
          static_cast<size_t>(from.count));
      std::iota(order.begin(), order.end(), 0);
      std::ranges::partial_sort(order, order.begin() + to.count, [&](int64_t i, int64_t j) {
        const T a = first[i * from.inner];
        const T b = first[j * from.inner];
        if (largest ? precedes(b, a) : precedes(a, b)) return true;
        return !(largest ? precedes(a, b) : precedes(b, a)) && i < j;
      });
      int64_t at = to.offset(line / from.inner, 0) + line % from.inner;
      for (const int64_t i : order.first(static_cast<size_t>(to.count))) {
        if (values != nullptr) values[at] = first[i * from.inner];
        if (indices != nullptr) indices[at] = i;
        at += to.inner;
      }
    });
  });
}

// As PyTorch chooses (aten/src/ATen/native/TopKImpl.h): which of equal elements, and their order,
// is what libstdc++'s algorithms leave behind, where a small share is asked for those of
// partial_sort.
void top_k_positions(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const int64_t axis = top_k_axis(context);
  const bool largest = context.attributes().flag("largest");
  const Items from = items_along(x.shape(), axis);
  const Items to = items_along(context.output().shape(), axis);
  dispatch_numbers(x.type(), [&]<typename T>() {
    auto* indices = context.output().data<int64_t>();
    context.pool.parallel_for(from.outer * from.inner, [&](int64_t line, int worker) {
      const T* first = x.data<T>() + from.offset(line / from.inner, 0) + line % from.inner;
      int64_t* begin = reinterpret_cast<int64_t*>(context.workspace.data()) + worker * from.count;
      int64_t* end = begin + from.count;
      std::iota(begin, end, 0);
      const auto before = [&](int64_t i, int64_t j) {
        const T a = first[i * from.inner];
        const T b = first[j * from.inner];
        return largest ? precedes(b, a) : precedes(a, b);
      };
      if (to.count * 64 <= from.count) {
        std::partial_sort(begin, begin + to.count, end, before);
      } else if (to.count > 0) {
        std::nth_element(begin, begin + to.count - 1, end, before);
        std::sort(begin, begin + to.count - 1, before);
      }
      int64_t at = to.offset(line / from.inner, 0) + line % from.inner;
      for (int64_t k = 0; k < to.count; ++k, at += to.inner) indices[at] = begin[k];
    });
  });
}

// -1, 0 or 1: the first elements that differ decide.
template <typename T>
int compare_items(const T* x, const Items& items, int64_t i, int64_t j) {
  for (int64_t o = 0; o < items.outer; ++o) {
    const T* a = x + items.offset(o, i);
    const T* b = x + items.offset(o, j);
    for (int64_t r = 0; r < items.inner; ++r) {
      if (precedes(a[r], b[r])) return -1;
      if (precedes(b[r], a[r])) return 1;
    }
  }
  return 0;
}

// Equal items: where the first one stands, and which there are.
struct Groups {
  std::vector<int64_t> first;
  std::vector<int64_t> counts;
  std::vector<int64_t> of_item;
};

// Groups in the order of their items, or of where they appear first.
template <typename T>
Groups group_items(const T* x, const Items& items, bool sorted) {
  std::vector<int64_t> order(static_cast<size_t>(items.count));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](int64_t i, int64_t j) {
    const int compared = compare_items(x, items, i, j);
    return compared != 0 ? compared < 0 : i < j;
  });
  // The first item of every item's group.
  std::vector<int64_t> leader(order.size());
  std::vector<int64_t> leaders;
  for (const int64_t i : order) {
    if (leaders.empty() || compare_items(x, items, leaders.back(), i) != 0) leaders.push_back(i);
    leader[static_cast<size_t>(i)] = leaders.back();
  }
  if (!sorted) std::ranges::sort(leaders);
  std::vector<int64_t> group_of(order.size());
  for (size_t g = 0; g < leaders.size(); ++g) {
    group_of[static_cast<size_t>(leaders[g])] = static_cast<int64_t>(g);
  }
  Groups groups{leaders, std::vector<int64_t>(leaders.size(), 0), std::move(leader)};
  for (int64_t& group : groups.of_item) {
    group = group_of[static_cast<size_t>(group)];
    ++groups.counts[static_cast<size_t>(group)];
  }
  return groups;
}

Tensor vector_of(std::span<const int64_t> values) {
  return Tensor::of<int64_t>({static_cast<int64_t>(values.size())}, values);
}

std::vector<Datum> unique(const EvaluationContext& context) {
  const Attributes& attributes = context.attributes();
  const bool along = attributes.has("axis");
  const Tensor& given = context.tensor(0);
  const Tensor x = along ? given : given.reshaped({given.element_count()});
  const int64_t axis = along ? normalized_axis(attributes.integer("axis"), x.rank()) : 0;
  const Items items = items_along(x.shape(), axis);
  // Items take memory here; those without elements took none before.
  constexpr int64_t kMostEmptyItems = 1 << 20;
  check(items.count <= std::max(x.element_count(), kMostEmptyItems), items.count,
        " items without elements are too many");
  std::vector<Datum> results(context.node.outputs.size());
  dispatch_comparable(x.type(), [&]<typename T>() {
    const T* elements = elements_of<T>(x);
    const Groups groups = group_items(elements, items, attributes.flag("sorted"));
    Shape shape = x.shape();
    shape[axis] = std::ssize(groups.first);
    Tensor chosen(x.type(), std::move(shape));
    T* y = elements_of<T>(chosen);
    for (int64_t o = 0; o < items.outer; ++o) {
      for (const int64_t i : groups.first) {
        y = std::copy_n(elements + items.offset(o, i), items.inner, y);
      }
    }
    const std::vector<const std::vector<int64_t>*> lists = {&groups.first, &groups.of_item,
                                                            &groups.counts};
    for (size_t k = 1; k < results.size(); ++k) {
      if (context.node.outputs[k] != kNoValue) results[k] = vector_of(*lists[k - 1]);
    }
    if (context.node.outputs[0] != kNoValue) results[0] = std::move(chosen);
  });
  return results;
}

}  // namespace

std::vector<KernelRow> reference_order_kernels() {
  return {
      {.op = "TopK", .types = kNumericTypes, .run = top_k, .workspace = top_k_workspace},
      {.op = "TopKPositions",
       .types = kNumericTypes,
       .run = top_k_positions,
       .workspace = top_k_workspace,
       .domain = kInternalDomain},
      {.op = "Unique", .evaluate = unique},
  };
}

}  // namespace twingrad
