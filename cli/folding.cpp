#include "cli/folding.h"

#include <iostream>

#include "cli/output.h"
#include "ir/precision.h"
#include "parity/conversion.h"
#include "surgery/fold.h"

namespace twingrad {
namespace {

bool holds_in_double(const Model& model, const FoldOptions& fold_options,
                     const ModelOptions& options, ThreadPool& pool) {
  InputChoices inputs = input_choices(options, model.graph);
  inputs.given = with_precision(inputs.given, DataType::kDouble);
  Model original = model;
  original.graph = with_precision(model.graph, DataType::kDouble);
  Model folded = original;
  folded.graph = fold(original.graph, fold_options, reference_backend(), pool).graph;
  const CaseReport report = compare_folded(original, folded, inputs, pool);
  if (report.verdict == Verdict::kPassed) return true;
  complain(report);
  return false;
}

}  // namespace

bool fold_and_compare(Model& model, const ModelOptions& options, bool verify) {
  const auto pool = thread_pool(options);
  const FoldOptions fold_options{.inference = options.inference};
  if (verify && !holds_in_double(model, fold_options, options, *pool)) return false;
  Folded folded = fold(model.graph, fold_options, reference_backend(), *pool);
  model.graph = std::move(folded.graph);
  std::cout << "--fold: " << text_of(folded.counts) << "\n";
  return true;
}

}  // namespace twingrad
