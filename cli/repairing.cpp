#include "cli/repairing.h"

#include <iostream>
#include <sstream>

#include "cli/output.h"
#include "ir/error.h"
#include "parity/repairs/repair_gate.h"

namespace twingrad {
namespace {

constexpr const char* kAll = "all";

std::vector<std::string> names_in(const std::string& list) {
  std::vector<std::string> names;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) names.push_back(word);
  return names;
}

// Whoever asks for a model for inference does not want it made for training in the same breath.
std::vector<const RepairRow*> rows_for(const ModelOptions& options, const std::string& repair) {
  if (repair != kAll) return chosen_repairs(names_in(repair));
  std::vector<const RepairRow*> rows = chosen_repairs({});
  if (options.inference)
    std::erase_if(rows, [](const RepairRow* row) { return row->training_form; });
  return rows;
}

bool is_the_same(const ModelOptions& options, const RepairRow& row, const Graph& before,
                 const Repaired& after) {
  const auto pool = thread_pool(options);
  const CaseReport report = compare_repair(before, after, input_choices(options, before), *pool);
  if (report.verdict == Verdict::kPassed) return true;
  complain(report);
  std::cerr << "repair " << row.name << " changes the model\n";
  return false;
}

}  // namespace

Flag declare_repair(FlagSet& app, std::string& repair) {
  std::string help = "restores what an exporter lost, each repair verified; =CODE,CODE chooses:";
  for (const RepairRow& row : repair_rows()) {
    help += "\n" + std::string(row.name) + ": " + std::string(row.what) +
            (row.by_default ? "" : " (not by default)");
  }
  return app.add_flag("--repair", repair, kAll, help);
}

bool repair_model(const ModelOptions& options, const std::string& repair, bool verified,
                  Model& model) {
  if (repair.empty()) return true;
  for (const RepairRow* row : rows_for(options, repair)) {
    Repaired after = repaired(model.graph, *row);
    if (after.done.empty()) continue;
    if (verified && !is_the_same(options, *row, model.graph, after)) return false;
    for (const std::string& line : after.done) {
      std::cout << row->name << "  " << printable(line) << "\n";
    }
    model.graph = std::move(after.graph);
  }
  return true;
}

}  // namespace twingrad
