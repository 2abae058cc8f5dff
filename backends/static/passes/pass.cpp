#include "backends/static/passes/pass.h"

#include <algorithm>
#include <array>

#include "backends/static/passes/tables.h"
#include "ir/error.h"
#include "ir/verify.h"

namespace twingrad {
namespace {

void check_names(const PassSelection& selection) {
  std::vector<std::string> wanted = selection.without;
  if (!selection.last.empty()) wanted.push_back(selection.last);
  for (const std::string& name : wanted) {
    if (name == kFusion) continue;
    std::string known;
    for (const Pass& pass : all_passes()) known += std::string(pass.name) + ", ";
    check(std::ranges::find(all_passes(), name, &Pass::name) != all_passes().end(),
          "there is no pass ", quoted_name(name), ", there are: ", known, kFusion);
  }
}

}  // namespace

std::span<const Pass> all_passes() {
  static constexpr std::array passes = {
      Pass{"lower", lower},       Pass{"fold", fold_constants}, Pass{"cse", merge_equal_nodes},
      Pass{"simplify", simplify}, Pass{"dce", drop_dead_nodes},
  };
  return passes;
}

Graph run_passes(const Graph& graph, const PassContext& context, const PassSelection& selection) {
  check_names(selection);
  Graph result = graph;
  for (const Pass& pass : all_passes()) {
    if (std::ranges::find(selection.without, pass.name) == selection.without.end()) {
      try {
        result = pass.run(result, context);
        if (selection.verified) verify(result);
      } catch (const Error& error) {
        throw error.at("pass '" + std::string(pass.name) + "'");
      }
    }
    if (pass.name == selection.last) break;
  }
  return result;
}

}  // namespace twingrad
