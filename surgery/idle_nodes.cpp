#include <set>

#include "backends/static/passes/rewrite.h"
#include "ir/graph_queries.h"
#include "surgery/fold_steps.h"

namespace twingrad {
namespace {

class IdleNodes {
 public:
  IdleNodes(const Graph& graph, FoldCounts& counts)
      : source_(graph),
        rewrite_(graph),
        counts_(counts),
        uses_(use_counts(graph)),
        returned_(graph.outputs().begin(), graph.outputs().end()) {}

  Graph removed() {
    for (const Node& node : source_.nodes()) {
      size_t* count = count_of(node);
      if (count == nullptr || !bypass(node)) {
        rewrite_.keep(node);
      } else {
        ++*count;
      }
    }
    return rewrite_.finish();
  }

 private:
  // Where nodes of this kind are counted; nullptr: it does something.
  size_t* count_of(const Node& node) {
    if (node.op == nullptr || !node.op->domain.empty()) return nullptr;
    if (node.op->name == "Identity") return &counts_.identities;
    return node.op->name == "Dropout" && !drops(node) ? &counts_.dropouts : nullptr;
  }

  bool drops(const Node& node) {
    const bool has_mask = node.outputs.size() > 1 && node.outputs[1] != kNoValue &&
                          uses_[static_cast<size_t>(node.outputs[1])] > 0;
    if (has_mask) return true;
    if (node.inputs.size() <= 2 || node.inputs[2] == kNoValue) return false;
    const Tensor* training = rewrite_.builder.known(rewrite_.at(node.inputs[2]));
    const Value& mode = rewrite_.graph.value(rewrite_.at(node.inputs[2]));
    return training == nullptr || mode.kind == Value::Kind::kInput || *training->data<bool>();
  }

  // Puts the input in the place of the output; false: the output would lose its name.
  bool bypass(const Node& node) {
    const ValueId output = node.outputs[0];
    const ValueId input = rewrite_.at(node.inputs[0]);
    if (returned_.contains(output) && !take_name(node.inputs[0], input, output)) return false;
    rewrite_.map[static_cast<size_t>(output)] = input;
    return true;
  }

  // The result that is returned gets the name of the output, unless it is returned itself.
  bool take_name(ValueId source_input, ValueId input, ValueId output) {
    if (rewrite_.graph.value(input).kind != Value::Kind::kResult || named_.contains(input) ||
        returned_.contains(source_input)) {
      return false;
    }
    const Value& wanted = source_.value(output);
    Value& value = rewrite_.graph.value(input);
    value.doc_string = wanted.doc_string;
    value.metadata = wanted.metadata;
    rewrite_.graph.rename(input, wanted.name);
    named_.insert(input);
    return true;
  }

  const Graph& source_;
  Rewrite rewrite_;
  FoldCounts& counts_;
  std::vector<size_t> uses_;
  std::set<ValueId> returned_;  // of the source
  std::set<ValueId> named_;     // that have an output's name, of the result
};

}  // namespace

Graph without_idle_nodes(const Graph& graph, FoldCounts& counts) {
  return IdleNodes(graph, counts).removed();
}

}  // namespace twingrad
