#include "surgery/fold.h"

#include <algorithm>
#include <set>

#include "backends/static/passes/tables.h"
#include "ir/builder.h"
#include "surgery/fold_steps.h"

namespace twingrad {
namespace {

size_t computing_nodes(const Graph& graph) {
  return static_cast<size_t>(
      std::ranges::count_if(graph.nodes(), [](const Node& node) { return !node.inputs.empty(); }));
}

// An output whose value stands for several, or is an input, is given by an Identity.
ValueId named_copy(Graph& graph, ValueId id, const std::string& name) {
  Builder builder(graph);
  NodeSpec spec;
  spec.op = "Identity";
  spec.inputs = {id};
  spec.outputs = {name};
  return builder.emit(std::move(spec))[0];
}

// Constants that became outputs have lost their names on the way.
void restore_output_names(const Graph& source, Graph& graph) {
  std::vector<ValueId> outputs = graph.outputs();
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = source.value(source.outputs()[i]).name;
    const Value& value = graph.value(outputs[i]);
    if (value.name == name) continue;
    if (value.made_up_name) {
      graph.rename(outputs[i], name);
    } else {
      outputs[i] = named_copy(graph, outputs[i], name);
    }
  }
  graph.set_outputs(std::move(outputs));
}

std::string counted(size_t count, std::string_view what) {
  return count == 0 ? "" : std::to_string(count) + std::string(what);
}

}  // namespace

Folded fold(const Graph& graph, const FoldOptions& options, const Backend& backend,
            ThreadPool& pool) {
  Folded result;
  const PassContext context{backend, pool};
  const Graph active = without_idle_nodes(graph, result.counts);
  const Graph needed = drop_dead_nodes(active, context);
  const Graph known = drop_dead_nodes(fold_constants(needed, context), context);
  result.counts.constants = computing_nodes(needed) - computing_nodes(known);
  result.graph =
      drop_dead_nodes(with_normalizations_folded(known, options.inference, result.counts), context);
  restore_output_names(graph, result.graph);
  return result;
}

std::string text_of(const FoldCounts& counts) {
  std::string text;
  for (const std::string& part :
       {counted(counts.constants, " nodes became constants"),
        counted(counts.identities, " Identity removed"),
        counted(counts.dropouts, " Dropout removed"),
        counted(counts.normalizations, " BatchNormalization went into Conv"),
        counted(counts.normalizations_left,
                " BatchNormalization stay, since they go into Conv with --inference only")}) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  }
  return text.empty() ? "nothing to fold" : text;
}

}  // namespace twingrad
