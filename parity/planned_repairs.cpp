#include "parity/planned_repairs.h"

#include <algorithm>
#include <array>

#include "ir/error.h"
#include "parity/repairs/false_parameter.h"
#include "parity/repairs/folded_bn.h"
#include "parity/repairs/parameters_read.h"
#include "parity/repairs/repair.h"

namespace twingrad {
namespace {

constexpr std::array kSeenByRepairsOnly = {"alias", "lost-tie", "lost-bias"};

void add_plan(const RepairRow& row, const Plan& plan, bool nested, PlannedRepairs& planned) {
  const std::string code(row.finding);
  const bool unseen = std::ranges::find(kSeenByRepairsOnly, code) != kSeenByRepairsOnly.end();
  for (const Deed& deed : plan.deeds) {
    if (unseen) {
      planned.findings.insert(
          {deed.node, {code, "", deed.reason, "", nested ? "" : std::string(row.name)}});
    } else if (!nested) {
      planned.reasons.insert(deed.reason);
    }
  }
  if (unseen || nested) return;
  for (const Rewiring& one : plan.rewirings) planned.nodes.insert({code, one.node});
}

void add_false_parameters(const Graph& graph, PlannedRepairs& planned) {
  const std::vector<Reading> readings = parameter_readings(graph);
  for (const FalseParameter& one : false_parameters(graph)) {
    planned.constants.insert(one.id);
    const auto reading = std::ranges::find(readings, one.id, &Reading::parameter);
    if (reading == readings.end()) continue;
    planned.findings.insert(
        {reading->node,
         {"false-parameter", "", quoted_name(graph.value(one.id).name) + " " + one.reason, "",
          "false-parameter"}});
  }
}

}  // namespace

PlannedRepairs planned_repairs(const Graph& graph, bool nested) {
  PlannedRepairs planned;
  for (const RepairRow& row : repair_rows()) {
    if (row.by_default && row.plan != nullptr) add_plan(row, row.plan(graph), nested, planned);
  }
  add_false_parameters(graph, planned);
  if (nested) return planned;
  for (const ValueId id : weights_to_unfold(graph)) planned.foldings.insert(id);
  return planned;
}

}  // namespace twingrad
