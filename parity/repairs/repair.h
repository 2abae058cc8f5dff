#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parity/repairs/plan.h"
#include "parity/repairs/rewiring.h"

namespace twingrad {

// A graph in which something that an exporter lost is there again.
struct Repaired {
  Graph graph;
  std::vector<std::string> done;  // a line each; empty: there was nothing to do, graph is a copy
  std::vector<GradientRelation> relations;
};

// A way to repair what lint finds. `name` is that of the finding; where a finding can be repaired
// in several ways, the one without asking has its name and others have their own.
struct RepairRow {
  std::string_view name;
  std::string_view finding;
  std::string_view what;  // for help: "weights in Constant nodes become parameters"
  // Either a plan or the graph.
  Plan (*plan)(const Graph& graph) = nullptr;
  Repaired (*change)(const Graph& graph) = nullptr;
  bool by_default = true;
  bool training_form = false;  // another function in training, and the same one in inference
};

// In the order in which they are done.
std::span<const RepairRow> repair_rows();

// The rows of these names, in the order of the table; none: those that are done by default. Throws
// Error for a name that is none, and where two ways to repair one finding are asked for.
std::vector<const RepairRow*> chosen_repairs(std::span<const std::string> names);

Repaired repaired(const Graph& graph, const RepairRow& row);

}  // namespace twingrad
