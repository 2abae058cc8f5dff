#include "parity/repairs/rewiring.h"

#include <map>

#include "backends/static/passes/rewrite.h"
#include "ir/error.h"
#include "parity/repairs/parameters_read.h"
#include "parity/repairs/relations.h"

namespace twingrad {
namespace {

using Key = std::pair<NodeId, size_t>;

class Rewirer {
 public:
  Rewirer(const Graph& graph, const Plan& plan) : source_(graph), plan_(plan) {
    for (const Rewiring& one : plan.rewirings) rewirings_.emplace(Key{one.node, one.input}, &one);
  }

  Rewired run();

 private:
  const Rewiring* rewiring(NodeId node, size_t input) const {
    const auto found = rewirings_.find({node, input});
    return found == rewirings_.end() ? nullptr : found->second;
  }
  static bool is_held(const std::vector<size_t>& uses, ValueId id) {
    return id != kNoValue && uses[static_cast<size_t>(id)] > 0;
  }
  void count_uses();
  bool is_left_out(NodeId id) const;
  std::vector<bool> wanted_data() const;
  void add_parameters(Rewrite& rewrite);
  ValueId read(Rewrite& rewrite, const Rewiring& one);
  void emit(Rewrite& rewrite, NodeId id);
  std::vector<GradientRelation> relations() const;

  const Graph& source_;
  const Plan& plan_;
  std::map<Key, const Rewiring*> rewirings_;
  std::vector<size_t> before_;  // uses of each value before and after
  std::vector<size_t> after_;
  std::vector<bool> left_out_;                 // nodes
  std::map<std::string, ValueId> parameters_;  // on the target
  std::map<std::string, ValueId> transposes_;
};

// Backwards, so that who reads for nobody does not count.
void Rewirer::count_uses() {
  before_.assign(source_.values().size(), 0);
  after_ = before_;
  left_out_.assign(source_.nodes().size(), false);
  for (const ValueId id : source_.outputs()) {
    ++before_[static_cast<size_t>(id)];
    ++after_[static_cast<size_t>(id)];
  }
  for (const Rewiring& one : plan_.rewirings) {
    const auto existing = source_.find(one.parameter);
    if (existing && is_parameter(source_, *existing)) ++after_[static_cast<size_t>(*existing)];
  }
  for (size_t i = source_.nodes().size(); i-- > 0;) {
    const Node& node = source_.nodes()[i];
    const auto id = static_cast<NodeId>(i);
    left_out_[i] = is_left_out(id);
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      if (node.inputs[k] == kNoValue) continue;
      ++before_[static_cast<size_t>(node.inputs[k])];
      const bool replaced = rewiring(id, k) != nullptr;
      if (!left_out_[i] && !replaced) ++after_[static_cast<size_t>(node.inputs[k])];
    }
  }
}

// Its outputs were read, and are not any more.
bool Rewirer::is_left_out(NodeId id) const {
  bool was_read = false;
  for (const ValueId output : source_.node(id).outputs) {
    if (is_held(after_, output)) return false;
    was_read = was_read || is_held(before_, output);
  }
  return was_read;
}

// Data that nobody read in the first place stays.
std::vector<bool> Rewirer::wanted_data() const {
  std::vector<bool> wanted(source_.values().size(), true);
  for (size_t i = 0; i < wanted.size(); ++i) wanted[i] = after_[i] > 0 || before_[i] == 0;
  return wanted;
}

void Rewirer::add_parameters(Rewrite& rewrite) {
  for (const NewParameter& one : plan_.parameters) {
    check(!rewrite.graph.find(one.name), "the name ", quoted_name(one.name), " is taken");
    const ValueId id = rewrite.builder.initializer(one.name, one.data);
    rewrite.graph.value(id).metadata = one.metadata;
    parameters_.emplace(one.name, id);
  }
}

ValueId Rewirer::read(Rewrite& rewrite, const Rewiring& one) {
  const auto fresh = parameters_.find(one.parameter);
  const ValueId id =
      fresh != parameters_.end() ? fresh->second : rewrite.at(*source_.find(one.parameter));
  if (!one.transposed) return id;
  ValueId& transpose = transposes_.try_emplace(one.parameter, kNoValue).first->second;
  if (transpose == kNoValue) {
    transpose = rewrite.builder.emit_one("Transpose", {id}, {{"perm", std::vector<int64_t>{1, 0}}});
  }
  return transpose;
}

void Rewirer::emit(Rewrite& rewrite, NodeId id) {
  Node node = source_.node(id);
  // Inputs of a copy that stand for others: the map has them for the time of this node.
  std::vector<std::pair<size_t, ValueId>> replaced;
  for (auto at = rewirings_.lower_bound({id, 0}); at != rewirings_.end() && at->first.first == id;
       ++at) {
    const size_t input = at->first.second;
    const size_t own = node.inputs.size() - node.captures;
    if (input >= own) {
      node.inputs.insert(node.inputs.begin() + static_cast<std::ptrdiff_t>(own), input + 1 - own,
                         kNoValue);
    }
    const ValueId wanted = read(rewrite, *at->second);
    replaced.emplace_back(input, static_cast<ValueId>(rewrite.map.size()));
    rewrite.map.push_back(wanted);
    node.inputs[input] = replaced.back().second;
  }
  rewrite.keep(node);
  rewrite.map.resize(source_.values().size());
}

std::vector<GradientRelation> Rewirer::relations() const {
  Relations relations;
  for (const Rewiring& one : plan_.rewirings) {
    const Node& node = source_.node(one.node);
    if (one.input >= node.inputs.size()) continue;
    const ValueId old = parameter_behind(source_, node.inputs[one.input]);
    if (old == kNoValue) continue;
    const std::string& name = source_.value(old).name;
    relations.connect(name, one.parameter, one.transposed);
    if (is_held(after_, old)) relations.connect(name, name, false);
    const auto existing = source_.find(one.parameter);
    if (existing && is_parameter(source_, *existing)) {
      relations.connect(one.parameter, one.parameter, false);
    }
  }
  return relations.take();
}

Rewired Rewirer::run() {
  count_uses();
  const std::vector<bool> wanted = wanted_data();
  Rewrite rewrite(source_, &wanted);
  add_parameters(rewrite);
  for (size_t i = 0; i < source_.nodes().size(); ++i) {
    if (!left_out_[i]) emit(rewrite, static_cast<NodeId>(i));
  }
  Rewired result{rewrite.finish(), relations()};
  return result;
}

}  // namespace

Rewired rewired(const Graph& graph, const Plan& plan) {
  return Rewirer(graph, plan).run();
}

}  // namespace twingrad
