#include <algorithm>
#include <numeric>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

struct Box {
  float low_x;
  float low_y;
  float high_x;
  float high_y;

  float area() const { return (high_x - low_x) * (high_y - low_y); }
};

// [y1, x1, y2, x2] of two opposite corners, whichever, or [x, y, width, height] of the centre.
Box box_at(const float* c, bool centred) {
  if (centred) {
    return {c[0] - c[2] / 2, c[1] - c[3] / 2, c[0] + c[2] / 2, c[1] + c[3] / 2};
  }
  return {std::min(c[1], c[3]), std::min(c[0], c[2]), std::max(c[1], c[3]), std::max(c[0], c[2])};
}

// Whether the intersection is more than `threshold` of the union.
bool overlap(const Box& a, const Box& b, float threshold) {
  const float width = std::min(a.high_x, b.high_x) - std::max(a.low_x, b.low_x);
  const float height = std::min(a.high_y, b.high_y) - std::max(a.low_y, b.low_y);
  if (!(width > 0) || !(height > 0)) return false;
  const float intersection = width * height;
  const float whole = a.area() + b.area() - intersection;
  return whole > 0 && intersection / whole > threshold;
}

struct Limits {
  int64_t count;               // per class
  float overlap;               // boxes that overlap a chosen one by more are suppressed
  std::optional<float> score;  // only boxes of a higher score are candidates
};

Limits limits_of(const EvaluationContext& context) {
  const auto real = [&](size_t i) { return *context.tensor(i).data<float>(); };
  Limits limits{0, 0, {}};
  if (context.has_input(2)) limits.count = as_int64(context.tensor(2)).at(0);
  if (context.has_input(3)) limits.overlap = real(3);
  if (context.has_input(4)) limits.score = real(4);
  check(limits.overlap >= 0 && limits.overlap <= 1, "iou_threshold must be in [0, 1], found ",
        limits.overlap);
  return limits;
}

// The boxes of one class that stay, the highest scores first; of equal ones the lower index.
std::vector<int64_t> chosen_boxes(std::span<const Box> boxes, std::span<const float> scores,
                                  const Limits& limits) {
  std::vector<int64_t> candidates;
  for (int64_t i = 0; i < std::ssize(boxes); ++i) {
    const float score = scores[static_cast<size_t>(i)];
    if (!limits.score || score > *limits.score) candidates.push_back(i);
  }
  std::ranges::stable_sort(candidates, [&](int64_t i, int64_t j) {
    return scores[static_cast<size_t>(i)] > scores[static_cast<size_t>(j)];
  });
  std::vector<int64_t> chosen;
  for (const int64_t i : candidates) {
    if (std::ssize(chosen) >= limits.count) break;
    const bool suppressed = std::ranges::any_of(chosen, [&](int64_t j) {
      return overlap(boxes[static_cast<size_t>(i)], boxes[static_cast<size_t>(j)], limits.overlap);
    });
    if (!suppressed) chosen.push_back(i);
  }
  return chosen;
}

std::vector<Datum> non_max_suppression(const EvaluationContext& context) {
  const Shape& shape = context.tensor(1).shape();
  const int64_t classes = shape[1];
  const int64_t count = shape[2];
  const bool centred = context.attributes().flag("center_point_box");
  const Limits limits = limits_of(context);
  std::vector<int64_t> rows;
  // Without a batch, the number of boxes is but a number.
  std::vector<Box> boxes(static_cast<size_t>(shape[0] == 0 ? 0 : count));
  const float* coordinates = context.tensor(0).data<float>();
  for (int64_t batch = 0; batch < shape[0]; ++batch) {
    for (Box& box : boxes) {
      box = box_at(coordinates, centred);
      coordinates += 4;
    }
    for (int64_t kind = 0; kind < classes; ++kind) {
      const auto scores = context.tensor(1).values<float>().subspan(
          static_cast<size_t>((batch * classes + kind) * count), boxes.size());
      for (const int64_t i : chosen_boxes(boxes, scores, limits)) {
        rows.insert(rows.end(), {batch, kind, i});
      }
    }
  }
  return {Tensor::of<int64_t>({std::ssize(rows) / 3, 3}, std::span<const int64_t>(rows))};
}

}  // namespace

std::vector<KernelRow> reference_suppression_kernels() {
  return {
      {.op = "NonMaxSuppression", .evaluate = non_max_suppression},
  };
}

}  // namespace twingrad
