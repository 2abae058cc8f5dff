#include "importers/tfjs/ops/strided_slice.h"

#include <limits>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
constexpr int64_t kLastAxis = std::numeric_limits<int64_t>::max();

// Entries of a computed list of integers that need not all be known.
class Bounds {
 public:
  Bounds(const OpCall& call, size_t input)
      : call_(call), input_(input), known_(call.builder().contents(call.input(input).id())) {}

  // Entry i as a list of one element.
  Expr at(size_t i) const {
    const auto index = static_cast<int64_t>(i);
    const bool inside = known_ && index < known_->rank();
    if (inside && (*known_)[index].known()) return one((*known_)[index].extent);
    return slice(call_.as_int64(input_), 0, index, index + 1);
  }
  Expr one(int64_t value) const { return call_.integers_constant(std::span(&value, 1)); }

 private:
  const OpCall& call_;
  size_t input_;
  std::optional<PartialShape> known_;
};

// Several lists of one element as one list.
Expr listed(const OpCall& call, const std::vector<Expr>& parts) {
  std::vector<int64_t> values;
  for (const Expr& part : parts) {
    const Tensor* data = call.builder().known(part.id());
    if (data == nullptr) return concat(parts, 0);
    values.push_back(data->data<int64_t>()[0]);
  }
  return call.integers_constant(values);
}

struct Masks {
  uint64_t begin, end, ellipsis, new_axis, shrink;

  static bool has(uint64_t mask, size_t i) { return i < 64 && (mask >> i & 1) != 0; }
};

Masks read_masks(const OpCall& call) {
  const auto mask = [&call](std::string_view key) {
    return static_cast<uint64_t>(call.attributes.integer(key, 0));
  };
  return {mask("begin_mask"), mask("end_mask"), mask("ellipsis_mask"), mask("new_axis_mask"),
          mask("shrink_axis_mask")};
}

// How many of the entries stand for an axis of the input.
int64_t entries_for_axes(const Masks& masks, size_t count) {
  int64_t own = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!Masks::has(masks.ellipsis, i) && !Masks::has(masks.new_axis, i)) ++own;
  }
  return own;
}

// What the entries ask of the input's axes and of the result's.
struct Plan {
  std::vector<int64_t> sliced;
  std::vector<Expr> starts, ends;
  std::vector<int64_t> steps;
  std::vector<std::pair<int64_t, Expr>> chosen;  // one index of an axis, which then is gone
  std::vector<int64_t> inserted;                 // axes of the result
};

Plan read_plan(const OpCall& call, const std::vector<int64_t>& strides) {
  const Masks masks = read_masks(call);
  const Bounds begin(call, 1);
  const Bounds end(call, 2);
  const int64_t rank = call.input(0).rank();
  const int64_t own = entries_for_axes(masks, strides.size());
  check(own <= rank, "has ", own, " entries for ", rank, " axes");
  Plan plan;
  int64_t axis = 0;
  int64_t result = 0;
  for (size_t i = 0; i < strides.size(); ++i) {
    if (Masks::has(masks.ellipsis, i)) {
      axis += rank - own;
      result += rank - own;
      continue;
    }
    if (Masks::has(masks.new_axis, i)) {
      plan.inserted.push_back(result++);
      continue;
    }
    if (Masks::has(masks.shrink, i)) {
      plan.chosen.emplace_back(axis++, begin.at(i));
      continue;
    }
    const bool forward = strides[i] > 0;
    check(strides[i] != 0, "has a stride of 0");
    const bool open_begin = Masks::has(masks.begin, i);
    const bool open_end = Masks::has(masks.end, i);
    ++result;
    if (!(open_begin && open_end && strides[i] == 1)) {
      plan.sliced.push_back(axis);
      plan.steps.push_back(strides[i]);
      plan.starts.push_back(open_begin ? begin.one(forward ? 0 : kLastAxis) : begin.at(i));
      plan.ends.push_back(open_end ? end.one(forward ? kLastAxis : kFirst) : end.at(i));
    }
    ++axis;
  }
  return plan;
}

}  // namespace

std::vector<Expr> strided_slice(const OpCall& call) {
  const Plan plan = read_plan(call, call.integers(3));
  Expr x = call.input(0);
  if (!plan.sliced.empty()) {
    x = x.apply("Slice", {listed(call, plan.starts), listed(call, plan.ends),
                          call.integers_constant(plan.sliced), call.integers_constant(plan.steps)});
  }
  for (auto choice = plan.chosen.rbegin(); choice != plan.chosen.rend(); ++choice) {
    x = gather(x, reshape(choice->second, std::vector<int64_t>{}), choice->first);
  }
  return {unsqueeze(x, plan.inserted)};
}

}  // namespace twingrad
