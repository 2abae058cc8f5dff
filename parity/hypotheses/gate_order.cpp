#include "parity/hypotheses/gate_order.h"

#include <algorithm>
#include <array>

#include "parity/hypotheses/graph_edit.h"

namespace twingrad {
namespace {

struct KnownOrder {
  std::string_view kind;
  std::vector<int64_t> places;
  std::string_view frameworks;
};

std::vector<KnownOrder> known_orders() {
  return {
      {"LSTM", {0, 2, 3, 1}, "PyTorch and Keras"},
      {"LSTM", {0, 3, 2, 1}, "TensorFlow 1"},
      {"GRU", {1, 0, 2}, "PyTorch"},
  };
}

std::string_view letters_of(const std::string& kind) {
  return kind == "LSTM" ? "iofc" : "zrh";
}

std::string spelled(std::string_view letters, const std::vector<int64_t>& places) {
  std::string text;
  for (const int64_t place : places) {
    text += text.empty() ? "" : ",";
    text += letters[static_cast<size_t>(place)];
  }
  return text;
}

}  // namespace

std::vector<GateOrder> gate_orders(const std::string& kind) {
  const std::string_view letters = letters_of(kind);
  std::vector<int64_t> places;
  for (size_t k = 0; k < letters.size(); ++k) places.push_back(static_cast<int64_t>(k));
  const std::string here = " (ONNX: " + spelled(letters, places) + ")";
  std::vector<GateOrder> orders;
  const std::vector<KnownOrder> known = known_orders();
  for (const KnownOrder& one : known) {
    if (one.kind != kind) continue;
    orders.push_back({spelled(letters, one.places) + " as in " + std::string(one.frameworks) + here,
                      one.places});
  }
  while (std::next_permutation(places.begin(), places.end())) {
    if (std::ranges::find(orders, places, &GateOrder::places) != orders.end()) continue;
    orders.push_back({spelled(letters, places) + here, places});
  }
  return orders;
}

int64_t hidden_size_of(const ParityCase& item, const Node& node) {
  if (node.attributes.has("hidden_size")) return node.attributes.integer("hidden_size");
  if (node.inputs.size() < 3) return 0;
  const Value& recurrence = item.graph.value(node.inputs[2]);
  const bool known = recurrence.type.is_tensor() && recurrence.type.shape &&
                     recurrence.type.shape->rank() == 3 && (*recurrence.type.shape)[2].known();
  return known ? (*recurrence.type.shape)[2].extent : 0;
}

std::vector<GateBlocks> gate_blocks_of(const ParityCase& item) {
  std::vector<GateBlocks> result;
  for (const Node& node : item.graph.nodes()) {
    if (!is_operator(node, "LSTM") && !is_operator(node, "GRU")) continue;
    const GateBlocks blocks{std::string(node.op->name), hidden_size_of(item, node)};
    const bool repeated = std::ranges::any_of(result, [&](const GateBlocks& other) {
      return other.kind == blocks.kind && other.hidden == blocks.hidden;
    });
    if (blocks.hidden > 0 && !repeated) result.push_back(blocks);
  }
  return result;
}

}  // namespace twingrad
