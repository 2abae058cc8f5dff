#include "parity/repairs/torch_metadata.h"

#include <algorithm>

#include "ir/op.h"

namespace twingrad {
namespace {

constexpr std::string_view kCallKey = "pkg.torch.onnx.fx_node";
constexpr std::string_view kSignatureKey = "pkg.torch.export.ExportedProgram.graph_signature";
constexpr std::string_view kRuleKey = "pkg.onnxscript.rewriter.rule_name";

std::string_view entry(const Metadata& metadata, std::string_view key) {
  const auto found = std::ranges::find(metadata, key, &Metadata::value_type::first);
  return found == metadata.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view without_spaces(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

// "a, [b, c], d)..." up to the bracket that closes the list.
std::vector<std::string> list_items(std::string_view text) {
  std::vector<std::string> items;
  size_t depth = 0;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' || c == '[' || c == '{') ++depth;
    const bool closes = c == ')' || c == ']' || c == '}';
    if ((closes || c == ',') && depth == 0) {
      const std::string_view item = without_spaces(text.substr(start, i - start));
      if (!item.empty()) items.emplace_back(item);
      start = i + 1;
      if (closes) break;
    }
    if (closes) --depth;
  }
  return items;
}

// The text between two others; nullopt where they are not there.
std::optional<std::string_view> between(std::string_view text, std::string_view before,
                                        std::string_view after) {
  const size_t start = text.find(before);
  if (start == std::string_view::npos) return std::nullopt;
  text.remove_prefix(start + before.size());
  const size_t end = text.find(after);
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(0, end);
}

}  // namespace

std::optional<TracedCall> traced_call(const Node& node) {
  const std::string_view text = entry(node.metadata, kCallKey);
  const auto target = between(text, "[target=torch.ops.", "](");
  constexpr std::string_view kArguments = "](args = (";
  const size_t arguments = text.find(kArguments);
  if (!target || arguments == std::string_view::npos) return std::nullopt;
  return TracedCall{std::string(*target), list_items(text.substr(arguments + kArguments.size()))};
}

std::vector<TracedTensor> traced_tensors(const Graph& graph) {
  std::vector<TracedTensor> tensors;
  std::string_view text = entry(graph.metadata, kSignatureKey);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t colon = line.find(": ");
    const auto target = between(line, " target='", "'");
    if (colon == std::string_view::npos || !target || target->empty()) continue;
    const std::string_view kind = line.substr(colon + 2);
    tensors.push_back({std::string(without_spaces(line.substr(0, colon))),
                       std::string(kind.substr(0, kind.find(' '))), std::string(*target)});
  }
  return tensors;
}

bool is_rewritten_by(const Node& node, std::string_view rule) {
  std::string_view rules = entry(node.metadata, kRuleKey);
  while (!rules.empty()) {
    const size_t end = std::min(rules.find(','), rules.size());
    if (without_spaces(rules.substr(0, end)).starts_with(rule)) return true;
    rules.remove_prefix(std::min(end + 1, rules.size()));
  }
  return false;
}

std::string module_path(const Node& node) {
  if (node.op == nullptr || !node.name.starts_with('/')) return {};
  const size_t last = node.name.rfind('/');
  const std::string_view called = std::string_view(node.name).substr(last + 1);
  const std::string op(node.op->name);
  if (called != op && !called.starts_with(op + "_")) return {};
  std::string path;
  std::string previous;
  std::string_view scopes = std::string_view(node.name).substr(1, last > 0 ? last - 1 : 0);
  while (!scopes.empty()) {
    const size_t end = std::min(scopes.find('/'), scopes.size());
    const std::string scope(scopes.substr(0, end));
    scopes.remove_prefix(std::min(end + 1, scopes.size()));
    // The item of a Sequential has the Sequential's name in its own.
    const bool item = !previous.empty() && scope.starts_with(previous + ".");
    if (item) path.resize(path.size() - previous.size());
    if (!item && !path.empty()) path += '.';
    path += scope;
    previous = scope;
  }
  return path;
}

}  // namespace twingrad
