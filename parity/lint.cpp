#include "parity/lint.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "autodiff/rule.h"
#include "backends/static/passes/rewrite.h"
#include "ir/error.h"
#include "ir/graph_queries.h"
#include "ir/roles.h"
#include "parity/operator_facts.h"
#include "parity/planned_repairs.h"
#include "parity/repairs/name_loss.h"
#include "parity/repairs/parameters_read.h"
#include "parity/repairs/torch_metadata.h"
#include "parity/repairs/training_form.h"
#include "training/parameters.h"

namespace twingrad {
namespace {

constexpr const char* kExportForTraining =
    "export in training mode and without constant folding (training=TrainingMode.TRAINING, "
    "do_constant_folding=False)";
constexpr const char* kTrainingMode = "use --training, or export in training mode";

// A node where it stands.
struct Site {
  const Graph& graph;
  const Node& node;
  const std::vector<size_t>& uses;  // of each value, as an input or as an output of the graph
  const PlannedRepairs& repairs;
};

using Reason = std::optional<std::string>;

Reason constant_parameter(const Site& site) {
  for (size_t i = 0; i < site.node.inputs.size(); ++i) {
    const ValueId id = site.node.inputs[i];
    if (id == kNoValue || site.graph.value(id).producer == kNoNode || site.node.op == nullptr) {
      continue;
    }
    const Tensor* data = fixed_value(site.graph, id);
    if (data == nullptr || !is_floating_point(data->type()) || data->element_count() < 2) continue;
    if (!is_differentiable(*site.node.op, i)) continue;
    return join_text("reads ", Type::tensor(data->type(), PartialShape(data->shape())), " ",
                     quoted_name(site.graph.value(id).name), " from a Constant node");
  }
  return std::nullopt;
}

bool is_convolution(const Node& node) {
  return is_operator(node, "Conv") || is_operator(node, "ConvTranspose");
}

Reason made_up_name(const Site& site) {
  for (const ValueId id : site.node.inputs) {
    if (!is_parameter(site.graph, id) || site.repairs.constants.contains(id)) continue;
    const Value& value = site.graph.value(id);
    if (is_declared_fixed(value) || !(is_made_up(value.name) || is_computed(value))) continue;
    return "the exporter made up the name of parameter " + quoted_name(value.name);
  }
  return std::nullopt;
}

// Exporters keep the name of a weight unless they changed it, or they say otherwise what they did.
Reason folded_normalization(const Site& site) {
  const ValueId weight = parameter_behind(site.graph, input_of(site.node, 1));
  if (!is_convolution(site.node) || weight == kNoValue) return std::nullopt;
  const Value& value = site.graph.value(weight);
  const bool marked = std::ranges::any_of(
      value.metadata, [](const auto& entry) { return entry.first == kFoldedKey; });
  const bool told = marked || is_rewritten_by(site.node, "FuseBatchNormInto");
  const bool known = site.repairs.foldings.contains(weight);
  if (!told && !known && !is_made_up(value.name)) return std::nullopt;
  return "a normalization is multiplied into " + quoted_name(value.name) +
         (known ? "" : "; what it was is not in the file");
}

Reason fixed_statistics(const Site& site) {
  if (!has_fixed_statistics(site.node)) return std::nullopt;
  return "normalizes by fixed statistics";
}

Reason idle_dropout(const Site& site) {
  if (!drops_nothing(site.graph, site.node)) return std::nullopt;
  return "drops nothing";
}

// The mean of the batch takes out whatever was added to a whole channel.
Reason bias_before_normalization(const Site& site) {
  if (!is_operator(site.node, "BatchNormalization")) return std::nullopt;
  if (!site.node.attributes.flag("training_mode")) return std::nullopt;
  const ValueId data = site.node.inputs[0];
  const NodeId before = site.graph.value(data).producer;
  if (before == kNoNode || site.uses[static_cast<size_t>(data)] > 1) return std::nullopt;
  const Node& node = site.graph.node(before);
  const ValueId bias = input_of(node, 2);
  if (!(is_convolution(node) || is_operator(node, "Gemm")) || !is_parameter(site.graph, bias)) {
    return std::nullopt;
  }
  return "takes out the bias " + quoted_name(site.graph.value(bias).name) + " of the node before";
}

struct Rule {
  const char* code;
  Reason (*reason)(const Site&);
  const char* cure;
  bool once = false;      // the reason is about a parameter, whichever node reads it
  bool repaired = false;  // by a repair of this name, wherever it is
};

constexpr std::array kRules = {
    Rule{"constant-parameter", constant_parameter,
         "store it as an initializer if it is a weight (export_params=True)"},
    Rule{"folded-bn", folded_normalization,
         "export without constant folding (do_constant_folding=False, or optimize=False)", true},
    Rule{"name-loss", made_up_name, kExportForTraining, true},
    Rule{"eval-bn", fixed_statistics, kTrainingMode, false, true},
    Rule{"eval-dropout", idle_dropout, kTrainingMode, false, true},
    Rule{"zero-gradient", bias_before_normalization,
         "none is needed; what its gradient shows is rounding noise"},
};

class Lint {
 public:
  void visit(const Graph& graph, const std::string& around) {
    const std::vector<size_t> uses = use_counts(graph);
    const PlannedRepairs repairs = planned_repairs(graph, !around.empty());
    for (size_t i = 0; i < graph.nodes().size(); ++i) {
      const Node& node = graph.nodes()[i];
      const auto id = static_cast<NodeId>(i);
      const std::string place = around + node_label(graph, node);
      const auto [first, last] = repairs.findings.equal_range(id);
      for (auto at = first; at != last; ++at) add(at->second, place);
      for (const Rule& rule : kRules) {
        const Reason reason = rule.reason({graph, node, uses, repairs});
        if (!reason || (rule.once && !told_.insert(rule.code + *reason).second)) continue;
        const bool repair =
            rule.repaired || repairs.nodes.contains({rule.code, id}) ||
            repairs.reasons.contains(*reason) ||
            (rule.reason == folded_normalization && repairs.foldings.contains(input_of(node, 1)));
        add({rule.code, "", *reason, rule.cure, repair ? rule.code : ""}, place);
      }
      if (node.op != nullptr) operators_[node.op].push_back(place);
      for (const GraphPointer& nested : nested_graphs(node.attributes)) visit(*nested, place + "/");
    }
  }

  // Of a node between a parameter and an output. Integers on the way, such as shapes, are none.
  void find_dead_ends(const Graph& graph, const std::vector<NodeSupport>& nodes) {
    std::vector<bool> depends(graph.values().size(), false);
    const std::vector<ValueId> statistics = running_statistics(graph);
    for (const ValueId id : graph.initializers()) {
      depends[static_cast<size_t>(id)] =
          is_parameter(graph, id) && std::ranges::find(statistics, id) == statistics.end();
    }
    const auto is_on_path = [&](ValueId id) {
      return id != kNoValue && depends[static_cast<size_t>(id)];
    };
    const std::vector<bool> needed = needed_nodes(graph);
    size_t i = 0;
    for (const NodeSupport& entry : nodes) {
      if (entry.depth > 0) continue;
      const Node& node = graph.nodes()[i++];
      if (std::ranges::none_of(node.inputs, is_on_path)) continue;
      bool to_float = false;
      for (const ValueId id : node.outputs) {
        if (id == kNoValue || !may_carry(graph.value(id).type)) continue;
        depends[static_cast<size_t>(id)] = to_float = true;
      }
      if (!to_float || !needed[i - 1] || entry.gradient == GradientFlow::kFlows) continue;
      const bool zero = entry.gradient == GradientFlow::kZero;
      findings_.push_back(
          {"no-gradient", entry.place,
           (zero ? "zero almost everywhere: " : "") + entry.why_no_gradient,
           zero ? "use --straight-through if it rounds" : "write the model without " + entry.op});
    }
  }

  void check_parameters(const Graph& graph) {
    if (!trainable_parameters(graph).empty()) return;
    findings_.push_back({"no-parameters", graph.name, "nothing would be trained",
                         "store weights as initializers (export_params=True)"});
  }

  void find_conventions() {
    for (const auto& [op, places] : operators_) {
      const std::string conventions = facts_of(*op).conventions;
      if (conventions.empty()) continue;
      const std::string more =
          places.size() > 1 ? " (and " + std::to_string(places.size() - 1) + " more)" : "";
      findings_.push_back({"lost-convention", places[0] + more,
                           "frameworks derive " + op->full_name() + " differently: " + conventions,
                           "name the one that it comes from by --conventions"});
    }
  }

  std::vector<Finding> take() { return std::move(findings_); }

 private:
  void add(Finding finding, const std::string& place) {
    finding.place = place;
    if (!finding.repair.empty()) {
      finding.cure = "convert with --repair=" + finding.repair +
                     (finding.cure.empty() ? "" : ", or " + finding.cure);
    } else if (finding.cure.empty()) {
      finding.cure = kExportForTraining;
    }
    findings_.push_back(std::move(finding));
  }

  static bool may_carry(const Type& type) {
    return !type.is_tensor() || is_floating_point(type.element);
  }

  struct ByName {
    bool operator()(const OpDef* a, const OpDef* b) const {
      return std::pair(a->domain, a->name) < std::pair(b->domain, b->name);
    }
  };
  std::vector<Finding> findings_;
  std::set<std::string> told_;
  std::map<const OpDef*, std::vector<std::string>, ByName> operators_;
};

}  // namespace

std::vector<Finding> lint(const Graph& graph, const std::vector<NodeSupport>& nodes) {
  Lint lint;
  lint.check_parameters(graph);
  lint.find_dead_ends(graph, nodes);
  lint.visit(graph, "");
  lint.find_conventions();
  return lint.take();
}

}  // namespace twingrad
