#include "exporters/source/recurrent_layer.h"

#include <algorithm>
#include <map>

#include "exporters/source/line_writer.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

struct Row {
  ValueId tensor = kNoValue;
  int64_t index = 0;
  bool operator==(const Row&) const = default;
};

// Follows a tensor back to rows of parameters.
class RowTrace {
 public:
  explicit RowTrace(const GraphFacts& facts) : facts_(facts) {}

  std::optional<std::vector<Row>> rows(ValueId id) {
    const Value& value = facts_.graph().value(id);
    if (is_trained(value)) {
      ++reads_[id];
      std::vector<Row> result;
      for (int64_t i = 0; i < value.data->shape()[0]; ++i) result.push_back({id, i});
      return result;
    }
    if (value.producer == kNoNode) return std::nullopt;
    const Node& node = facts_.graph().node(value.producer);
    if (node.op == nullptr || !node.op->domain.empty()) return std::nullopt;
    if (node.op->name == "Concat") return concatenated(node);
    if (node.op->name == "Slice") return sliced(node);
    if (node.op->name == "Unsqueeze" && starts_with_axis(node, 1)) return rows(node.inputs[0]);
    return std::nullopt;
  }

  // Nothing but what was traced reads the parameter.
  bool is_read_elsewhere(ValueId id) const {
    const auto reads = reads_.find(id);
    return reads == reads_.end() || reads->second != facts_.uses(id);
  }

 private:
  std::optional<std::vector<int64_t>> numbers(const Node& node, size_t i) const {
    const Tensor* tensor = i < node.inputs.size() ? facts_.known(node.inputs[i]) : nullptr;
    return tensor == nullptr ? std::nullopt : std::optional(as_int64(*tensor));
  }

  bool starts_with_axis(const Node& node, size_t input) const {
    const auto axes = numbers(node, input);
    return axes && *axes == std::vector<int64_t>{0};
  }

  std::optional<std::vector<Row>> concatenated(const Node& node) {
    if (node.attributes.integer("axis") != 0) return std::nullopt;
    std::vector<Row> all;
    for (const ValueId id : node.inputs) {
      const auto part = rows(id);
      if (!part) return std::nullopt;
      all.insert(all.end(), part->begin(), part->end());
    }
    return all;
  }

  std::optional<std::vector<Row>> sliced(const Node& node) {
    const auto start = numbers(node, 1);
    const auto end = numbers(node, 2);
    const bool along_rows = start && end && start->size() == 1 && starts_with_axis(node, 3) &&
                            (node.inputs.size() < 5 || numbers(node, 4) == std::vector<int64_t>{1});
    const auto all = along_rows ? rows(node.inputs[0]) : std::nullopt;
    if (!all) return std::nullopt;
    const auto count = static_cast<int64_t>(all->size());
    if ((*start)[0] < 0 || (*end)[0] > count || (*start)[0] > (*end)[0]) return std::nullopt;
    return std::vector<Row>(all->begin() + (*start)[0], all->begin() + (*end)[0]);
  }

  const GraphFacts& facts_;
  std::map<ValueId, size_t> reads_;
};

// The parameter whose blocks of rows stand there in this order.
std::optional<ValueId> permuted(std::span<const Row> rows, const std::vector<int64_t>& order,
                                const GraphFacts& facts) {
  const ValueId tensor = rows[0].tensor;
  const auto count = static_cast<int64_t>(rows.size());
  const auto size = count / static_cast<int64_t>(order.size());
  if (facts.graph().value(tensor).data->shape()[0] != count) return std::nullopt;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t place = order[static_cast<size_t>(i / size)] * size + i % size;
    if (rows[static_cast<size_t>(i)] != Row{tensor, place}) return std::nullopt;
  }
  return tensor;
}

bool is_zero(const GraphFacts& facts, ValueId id) {
  if (const Tensor* known = facts.known(id)) {
    if (is_trained(facts.graph().value(id))) return false;
    for (int64_t i = 0; i < known->element_count(); ++i) {
      if (element_as_double(*known, i) != 0) return false;
    }
    return true;
  }
  const Value& value = facts.graph().value(id);
  if (value.producer == kNoNode) return false;
  const Node& node = facts.graph().node(value.producer);
  if (node.op == nullptr) return false;
  if (node.op->name == "ConstantOfShape") {
    return element_as_double(node.attributes.tensor("value"), 0) == 0;
  }
  const bool moves = node.op->name == "Expand" || node.op->name == "Slice" ||
                     node.op->name == "Unsqueeze" || node.op->name == "Squeeze";
  return moves && is_zero(facts, node.inputs[0]);
}

}  // namespace

bool is_relu_rnn(const NodeWriter& node) {
  const Attributes& attributes = node.node().attributes;
  return node.node().op->name == "RNN" && attributes.has("activations") &&
         attributes.get<std::vector<std::string>>("activations").at(0) == "Relu";
}

void check_plain_recurrent(const NodeWriter& node) {
  const Attributes& attributes = node.node().attributes;
  const bool is_lstm = node.node().op->name == "LSTM";
  if (node.has(4)) fail_unsupported("sequence_lens");
  if (is_lstm && node.has(7)) fail_unsupported("peepholes");
  if (node.integer("layout") != 0) fail_unsupported("layout 1");
  for (const std::string_view name : {"clip", "activation_alpha", "activation_beta"}) {
    if (attributes.has(name)) fail_unsupported(name);
  }
  if (is_lstm && node.flag("input_forget")) fail_unsupported("input_forget");
  if (!attributes.has("activations")) return;
  const auto& functions = attributes.get<std::vector<std::string>>("activations");
  std::vector<std::string> usual = {is_relu_rnn(node) ? "Relu" : "Tanh"};
  if (is_lstm) usual = {"Sigmoid", "Tanh", "Tanh"};
  if (node.node().op->name == "GRU") usual = {"Sigmoid", "Tanh"};
  for (size_t i = 0; i < functions.size(); ++i) {
    if (functions[i] != usual[i % usual.size()]) fail_unsupported("activation ", functions[i]);
  }
}

std::vector<bool> directions_of(const NodeWriter& node) {
  if (node.text("direction") == "bidirectional") return {false, true};
  return {node.text("direction") == "reverse"};
}

bool is_zero_state(const NodeWriter& node, size_t i) {
  return !node.has(i) || is_zero(node.lines().facts(), node.id(i));
}

std::optional<RecurrentParameters> recurrent_parameters(const NodeWriter& node,
                                                        const std::vector<int64_t>& order) {
  const GraphFacts& facts = node.lines().facts();
  RowTrace trace(facts);
  RecurrentParameters result;
  result.has_bias = node.has(3);
  const size_t count = directions_of(node).size();
  const auto input = trace.rows(node.id(1));
  const auto hidden = trace.rows(node.id(2));
  const auto bias = result.has_bias ? trace.rows(node.id(3)) : std::nullopt;
  if (!input || !hidden || (result.has_bias && !bias)) return std::nullopt;
  const size_t rows = input->size() / count;
  for (size_t d = 0; d < count; ++d) {
    const auto part = [&](const std::vector<Row>& all, size_t block) {
      return permuted(std::span(all).subspan(block * rows, rows), order, facts);
    };
    const auto w = part(*input, d);
    const auto r = part(*hidden, d);
    const auto b = bias ? part(*bias, 2 * d) : std::optional(kNoValue);
    const auto c = bias ? part(*bias, 2 * d + 1) : std::optional(kNoValue);
    if (!w || !r || !b || !c) return std::nullopt;
    result.directions.push_back({*w, *r, *b, *c});
    for (const ValueId id : {*w, *r, *b, *c}) {
      if (id != kNoValue && trace.is_read_elsewhere(id)) return std::nullopt;
    }
  }
  return result;
}

}  // namespace twingrad
