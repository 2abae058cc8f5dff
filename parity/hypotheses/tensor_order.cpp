#include <algorithm>
#include <numeric>
#include <set>

#include "ir/error.h"
#include "parity/hypotheses/evidence.h"
#include "parity/hypotheses/gate_order.h"
#include "parity/hypotheses/graph_edit.h"
#include "parity/hypotheses/rearrangement.h"

// Recorded tensors whose elements stand in another order than ours.

namespace twingrad {
namespace {

constexpr int64_t kMostAxes = 5;

std::vector<int64_t> counted(int64_t rank) {
  std::vector<int64_t> axes(static_cast<size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

// Calls `use` with every permutation of that many axes other than none, until it returns true.
bool for_each_permutation(int64_t rank,
                          const std::function<bool(const std::vector<int64_t>&)>& use) {
  std::vector<int64_t> permutation = counted(rank);
  while (std::next_permutation(permutation.begin(), permutation.end())) {
    if (use(permutation)) return true;
  }
  return false;
}

std::set<int64_t> ranks_of(const std::vector<FailedTensor>& tensors) {
  std::set<int64_t> ranks;
  for (const FailedTensor& tensor : tensors) ranks.insert(tensor.theirs.rank());
  return ranks;
}

Relation permuted_by(const std::vector<int64_t>& permutation, std::string verb) {
  return {std::move(verb), [permutation](const FailedTensor& tensor) -> Tensor {
            const auto rank = static_cast<int64_t>(permutation.size());
            if (tensor.theirs.rank() != rank || tensor.ours.rank() != rank) return {};
            Shape expected;
            for (const int64_t axis : permutation) expected.append(tensor.ours.shape()[axis]);
            if (expected != tensor.theirs.shape()) return {};
            return with_axes_permuted(tensor.theirs, inverse_of(permutation));
          }};
}

// Where an image with channels first becomes a row: channels, and elements of each.
std::set<std::pair<int64_t, int64_t>> flattened_images(const FailedCase& failed) {
  std::set<std::pair<int64_t, int64_t>> images;
  const Graph graph = with_shapes_of(failed.item.graph, failed.item.question.inputs);
  for (const Node& node : graph.nodes()) {
    if (!is_operator(node, "Flatten") && !is_operator(node, "Reshape")) continue;
    const Type& type = graph.value(node.inputs[0]).type;
    if (!type.is_static() || type.shape->rank() < 3) continue;
    const Shape shape = type.shape->shape();
    images.emplace(shape[1], shape.product(2, shape.rank()));
  }
  return images;
}

}  // namespace

void transposed_tensors(const FailedCase& failed, const VariantTest& test) {
  try_relation(failed, failed_tensors(failed), permuted_by({1, 0}, "transposed"), test);
}

void permuted_axes(const FailedCase& failed, const VariantTest& test) {
  const std::vector<FailedTensor> tensors = failed_tensors(failed);
  for (const int64_t rank : ranks_of(tensors)) {
    if (rank > kMostAxes) continue;
    const bool enough =
        rank > 2 && for_each_permutation(rank, [&](const std::vector<int64_t>& permutation) {
          const std::string verb =
              join_text("recorded with its axes in the order ", Shape(permutation));
          return try_relation(failed, tensors, permuted_by(permutation, verb), test);
        });
    if (enough) return;
    for (int64_t axis = 0; axis < rank; ++axis) {
      const Relation reversed{
          "reversed along axis " + std::to_string(axis), [axis, rank](const FailedTensor& tensor) {
            return tensor.theirs.rank() == rank ? reversed_along(tensor.theirs, axis) : Tensor();
          }};
      if (try_relation(failed, tensors, reversed, test)) return;
    }
  }
  const Relation reshaped{"recorded under another shape", [](const FailedTensor& tensor) {
                            const bool fits =
                                tensor.theirs.element_count() == tensor.ours.element_count() &&
                                tensor.theirs.shape() != tensor.ours.shape();
                            return fits ? tensor.theirs.reshaped(tensor.ours.shape()) : Tensor();
                          }};
  try_relation(failed, tensors, reshaped, test);
}

void permuted_gate_blocks(const FailedCase& failed, const VariantTest& test) {
  const std::vector<FailedTensor> tensors = failed_tensors(failed);
  for (const GateBlocks& blocks : gate_blocks_of(failed.item)) {
    for (const GateOrder& order : gate_orders(blocks.kind)) {
      for (int64_t axis = 0; axis < 3; ++axis) {
        const Relation relation{
            "recorded with gates in the order " + order.text,
            [&](const FailedTensor& tensor) -> Tensor {
              const int64_t unit = blocks.hidden * static_cast<int64_t>(order.places.size());
              const bool fits = tensor.theirs.rank() > axis && tensor.theirs.shape()[axis] > 0 &&
                                tensor.theirs.shape()[axis] % unit == 0;
              if (!fits) return {};
              return with_blocks_permuted(tensor.theirs, axis, blocks.hidden,
                                          inverse_of(order.places));
            }};
        if (try_relation(failed, tensors, relation, test)) return;
      }
    }
  }
}

void flattened_channels_last(const FailedCase& failed, const VariantTest& test) {
  const std::vector<FailedTensor> tensors = failed_tensors(failed);
  if (tensors.empty()) return;
  for (const auto& [channels, pixels] : flattened_images(failed)) {
    for (int64_t axis = 0; axis < 2; ++axis) {
      const Relation relation{
          join_text("recorded for rows of images with channels last (", channels, " channels)"),
          [channels = channels, pixels = pixels, axis](const FailedTensor& tensor) -> Tensor {
            const Shape& shape = tensor.theirs.shape();
            if (shape.rank() != 2 || shape[axis] != channels * pixels) return {};
            const std::vector<int64_t> swapped =
                axis == 0 ? std::vector<int64_t>{1, 0, 2} : std::vector<int64_t>{0, 2, 1};
            const Shape image =
                axis == 0 ? Shape{pixels, channels, shape[1]} : Shape{shape[0], pixels, channels};
            return with_axes_permuted(tensor.theirs.reshaped(image), swapped).reshaped(shape);
          }};
      if (try_relation(failed, tensors, relation, test)) return;
    }
  }
}

}  // namespace twingrad
