#include "parity/repairs/repair.h"

#include <algorithm>
#include <array>

#include "ir/error.h"
#include "parity/repairs/alias.h"
#include "parity/repairs/constant_parameter.h"
#include "parity/repairs/false_parameter.h"
#include "parity/repairs/folded_bn.h"
#include "parity/repairs/lost_bias.h"
#include "parity/repairs/lost_tie.h"
#include "parity/repairs/name_loss.h"
#include "parity/repairs/training_form.h"

namespace twingrad {
namespace {

Plan by_origin(const Graph& graph) {
  return alias_plan(graph, Ties::kByOrigin);
}

Plan untied(const Graph& graph) {
  return alias_plan(graph, Ties::kNone);
}

Plan tied(const Graph& graph) {
  return alias_plan(graph, Ties::kAll);
}

constexpr std::array kRows = {
    RepairRow{"constant-parameter", "constant-parameter",
              "weights in Constant nodes become parameters", constant_parameter_plan},
    RepairRow{"alias", "alias",
              "parameters that were distinct are again; what was shared is read as one", by_origin},
    RepairRow{"untie", "alias", "alias, taking all for distinct", untied, nullptr, false},
    RepairRow{"tie", "alias", "alias, taking all for shared", tied, nullptr, false},
    RepairRow{"lost-tie", "lost-tie", "a transposed copy of a weight is that weight again",
              lost_tie_plan},
    RepairRow{"lost-bias", "lost-bias", "biases that were zero are parameters again",
              lost_bias_plan},
    RepairRow{"name-loss", "name-loss", "parameters have the names and shapes of PyTorch's modules",
              name_loss_plan},
    RepairRow{"folded-bn", "folded-bn",
              "a BatchNormalization in a convolution is a node again, where its data are there",
              nullptr, unfolded_normalization},
    RepairRow{"false-parameter", "false-parameter",
              "buffers and constants of PyTorch are marked as such", nullptr,
              without_false_parameters},
    RepairRow{"eval-bn", "eval-bn", "BatchNormalization by the statistics of the batch", nullptr,
              training_normalization, true, true},
    RepairRow{"eval-dropout", "eval-dropout", "Dropout drops", nullptr, training_dropout, true,
              true},
};

}  // namespace

std::span<const RepairRow> repair_rows() {
  return kRows;
}

std::vector<const RepairRow*> chosen_repairs(std::span<const std::string> names) {
  for (const std::string& name : names) {
    if (std::ranges::find(kRows, name, &RepairRow::name) != kRows.end()) continue;
    std::string known;
    for (const RepairRow& row : kRows) known += (known.empty() ? "" : ", ") + std::string(row.name);
    fail("there is no repair ", quoted_name(name), "; there are ", known);
  }
  std::vector<const RepairRow*> chosen;
  for (const RepairRow& row : kRows) {
    const bool asked = std::ranges::find(names, row.name) != names.end();
    if (!(names.empty() ? row.by_default : asked)) continue;
    const auto same = std::ranges::find(chosen, row.finding, &RepairRow::finding);
    check(same == chosen.end(), "repairs ", quoted_name(same == chosen.end() ? "" : (*same)->name),
          " and ", quoted_name(row.name), " exclude each other");
    chosen.push_back(&row);
  }
  return chosen;
}

Repaired repaired(const Graph& graph, const RepairRow& row) {
  if (row.change != nullptr) return row.change(graph);
  const Plan plan = row.plan(graph);
  if (plan.rewirings.empty()) return {graph, {}, {}};
  Rewired rewired_graph = rewired(graph, plan);
  Repaired result{std::move(rewired_graph.graph), {}, std::move(rewired_graph.relations)};
  for (const Deed& deed : plan.deeds) result.done.push_back(deed.done);
  return result;
}

}  // namespace twingrad
