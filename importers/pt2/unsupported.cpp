#include "importers/pt2/unsupported.h"

#include <map>
#include <string>

#include "importers/pt2/rows.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr std::string_view kAtenNamespace = "torch.ops.";

// Nested graphs are nested in the text, whose depth is limited.
void collect(const JsonView& graph, std::map<std::string, size_t>& unknown) {
  for (const JsonView& node : graph.at("nodes").items()) {
    const std::string_view target = node.at("target").string();
    std::string_view name = target;
    if (name.starts_with(kAtenNamespace)) name.remove_prefix(kAtenNamespace.size());
    if (find_aten_operator(name) == nullptr) ++unknown[std::string(target)];
    for (const JsonView& input : node.at("inputs").items()) {
      if (const auto nested = input.at("arg").find("as_graph"))
        collect(nested->at("graph"), unknown);
    }
  }
}

}  // namespace

void check_program_operators(const JsonView& graph) {
  std::map<std::string, size_t> unknown;
  collect(graph, unknown);
  if (unknown.empty()) return;
  std::string text = unknown.size() == 1 ? "operator" : "operators";
  const char* separator = " ";
  for (const auto& [target, count] : unknown) {
    text += separator + quoted_name(target);
    if (count > 1) text += join_text(" (", count, " times)");
    separator = ", ";
  }
  throw Error(text + (unknown.size() == 1 ? " is not supported" : " are not supported"),
              Error::Kind::kUnsupported);
}

}  // namespace twingrad
