#include "parity/lint.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "autodiff/rule.h"
#include "backends/static/passes/rewrite.h"
#include "ir/error.h"
#include "parity/operator_facts.h"
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
};

bool is_operator(const Node& node, std::string_view name) {
  return node.op != nullptr && node.op->domain.empty() && node.op->name == name;
}

ValueId input_of(const Node& node, size_t i) {
  return i < node.inputs.size() ? node.inputs[i] : kNoValue;
}

bool is_parameter(const Graph& graph, ValueId id) {
  if (id == kNoValue) return false;
  const Value& value = graph.value(id);
  return value.kind == Value::Kind::kInitializer && is_floating_point(value.data->type()) &&
         value.data->rank() > 0;
}

// "12" or "onnx::MatMul_12", as torch.onnx calls what it made up.
bool is_made_up(std::string_view name) {
  const size_t digits = name.find_last_not_of("0123456789") + 1;
  if (digits == name.size()) return false;
  return digits == 0 || (name.starts_with("onnx::") && name[digits - 1] == '_');
}

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

Reason alias(const Site& site) {
  const ValueId id = input_of(site.node, 0);
  if (!is_operator(site.node, "Identity") || !is_parameter(site.graph, id)) return std::nullopt;
  return quoted_name(site.graph.value(site.node.outputs[0]).name) + " is tied to " +
         quoted_name(site.graph.value(id).name);
}

bool is_convolution(const Node& node) {
  return is_operator(node, "Conv") || is_operator(node, "ConvTranspose");
}

Reason made_up_name(const Site& site) {
  for (const ValueId id : site.node.inputs) {
    if (!is_parameter(site.graph, id) || !is_made_up(site.graph.value(id).name)) continue;
    return "the exporter made up the name of parameter " + quoted_name(site.graph.value(id).name);
  }
  return std::nullopt;
}

Reason folded_normalization(const Site& site) {
  return is_convolution(site.node) ? made_up_name(site) : std::nullopt;
}

Reason lost_name(const Site& site) {
  return is_convolution(site.node) ? std::nullopt : made_up_name(site);
}

Reason fixed_statistics(const Site& site) {
  const bool batch = is_operator(site.node, "BatchNormalization");
  if (!batch || site.node.attributes.flag("training_mode")) return std::nullopt;
  return "normalizes by fixed statistics";
}

Reason idle_dropout(const Site& site) {
  if (!is_operator(site.node, "Dropout")) return std::nullopt;
  const ValueId mode = input_of(site.node, 2);
  const Tensor* known = mode == kNoValue ? nullptr : fixed_value(site.graph, mode);
  const bool open = mode != kNoValue && known == nullptr;
  if (open || (known != nullptr && element_as_double(*known, 0) != 0)) return std::nullopt;
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
  bool once = false;  // the reason is about a parameter, whichever node reads it
};

constexpr std::array kRules = {
    Rule{"constant-parameter", constant_parameter,
         "store it as an initializer if it is a weight (export_params=True)"},
    Rule{"alias", alias, kExportForTraining},
    Rule{"folded-bn", folded_normalization, kExportForTraining, true},
    Rule{"name-loss", lost_name, kExportForTraining, true},
    Rule{"eval-bn", fixed_statistics, kTrainingMode},
    Rule{"eval-dropout", idle_dropout, kTrainingMode},
    Rule{"zero-gradient", bias_before_normalization,
         "none is needed; what its gradient shows is rounding noise"},
};

class Lint {
 public:
  void visit(const Graph& graph, const std::string& around) {
    std::vector<size_t> uses(graph.values().size(), 0);
    const auto use = [&](ValueId id) {
      if (id != kNoValue) ++uses[static_cast<size_t>(id)];
    };
    for (const Node& node : graph.nodes()) std::ranges::for_each(node.inputs, use);
    std::ranges::for_each(graph.outputs(), use);
    for (const Node& node : graph.nodes()) {
      const std::string place = around + node_label(graph, node);
      for (const Rule& rule : kRules) {
        const Reason reason = rule.reason({graph, node, uses});
        if (!reason || (rule.once && !told_.insert(*reason).second)) continue;
        findings_.push_back({rule.code, place, *reason, rule.cure});
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
