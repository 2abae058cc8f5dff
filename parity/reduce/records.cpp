#include "parity/reduce/records.h"

#include <algorithm>

namespace twingrad {
namespace {

class Growth {
 public:
  Growth(const ParityCase& whole, const Records& records)
      : whole_(whole),
        graph_(whole.graph),
        records_(records),
        inside_(graph_.nodes().size()),
        takers_(graph_.values().size()) {
    for (size_t i = 0; i < inside_.size(); ++i) {
      for (const ValueId id : graph_.nodes()[i].inputs) {
        if (id != kNoValue) takers_[static_cast<size_t>(id)].push_back(i);
      }
    }
  }

  std::vector<size_t> grown(const std::vector<size_t>& nodes) {
    for (const size_t node : nodes) inside_[node] = true;
    while (grow()) {
    }
    std::vector<size_t> result;
    for (size_t i = 0; i < inside_.size(); ++i) {
      if (inside_[i]) result.push_back(i);
    }
    return result;
  }

 private:
  bool grow() {
    bool grew = false;
    for (size_t i = 0; i < inside_.size(); ++i) {
      if (!inside_[i]) continue;
      const Node& node = graph_.nodes()[i];
      if (records_.held == Held::kValues) grew = take_makers(node) || grew;
      if (records_.held == Held::kGradients) grew = take_takers(node) || grew;
    }
    return grew;
  }

  // The nodes that make what the node takes and what is not on record.
  bool take_makers(const Node& node) {
    bool grew = false;
    for (const ValueId id : node.inputs) {
      if (id == kNoValue) continue;
      const Value& value = graph_.value(id);
      if (value.kind != Value::Kind::kResult || whole_.expected->outputs.contains(value.name)) {
        continue;
      }
      const auto maker = static_cast<size_t>(value.producer);
      grew = grew || !inside_[maker];
      inside_[maker] = true;
    }
    return grew;
  }

  // The nodes that take what the node makes, where it is not known what comes back from them.
  bool take_takers(const Node& node) {
    bool grew = false;
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      const std::vector<size_t>& takers = takers_[static_cast<size_t>(id)];
      const auto is_inside = [this](size_t taker) { return inside_[taker]; };
      if (std::ranges::all_of(takers, is_inside)) continue;
      const bool apart = std::ranges::none_of(takers, is_inside);
      if (apart && is_sure(node, graph_.value(id).name)) continue;
      for (const size_t taker : takers) inside_[taker] = true;
      grew = true;
    }
    return grew;
  }

  bool is_sure(const Node& maker, const std::string& name) const {
    const auto recorded = whole_.expected->gradients.find(name);
    if (recorded != whole_.expected->gradients.end() && recorded->second) return true;
    return std::ranges::any_of(maker.inputs, [this](ValueId id) {
      if (id == kNoValue || takers_[static_cast<size_t>(id)].size() != 1) return false;
      return records_.agreeing.contains(graph_.value(id).name);
    });
  }

  const ParityCase& whole_;
  const Graph& graph_;
  const Records& records_;
  std::vector<bool> inside_;
  std::vector<std::vector<size_t>> takers_;
};

}  // namespace

Records records_of(const LegReport& leg) {
  Records records{Held::kGradients, {}};
  for (const TensorVerdict& tensor : leg.tensors) {
    const bool failed = tensor.verdict == Verdict::kFailed;
    if (tensor.kind == "output" && failed) records.held = Held::kValues;
    const bool says_something = !tensor.all_zero && !tensor.noise && !tensor.unmatched;
    const bool agrees = tensor.verdict == Verdict::kPassed && says_something;
    if (tensor.kind == "gradient" && agrees) records.agreeing.insert(tensor.name);
  }
  return records;
}

bool has_intermediates(const ParityCase& item) {
  if (!item.expected) return false;
  size_t made = 0;
  size_t values = 0;
  size_t gradients = 0;
  for (const Value& value : item.graph.values()) {
    if (value.kind != Value::Kind::kResult || !has_gradient(value.type)) continue;
    ++made;
    values += item.expected->outputs.contains(value.name);
    gradients += item.expected->gradients.contains(value.name);
  }
  const bool asks = !item.expected->gradients.empty();
  return 2 * values >= made && (!asks || 2 * gradients >= made);
}

std::vector<size_t> sure_part(const ParityCase& whole, std::vector<size_t> nodes,
                              const Records& records) {
  if (records.held == Held::kNothing) return nodes;
  return Growth(whole, records).grown(nodes);
}

}  // namespace twingrad
