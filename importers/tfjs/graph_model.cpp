#include "importers/tfjs/graph_model.h"

#include <set>

#include "importers/tfjs/graph_assembler.h"
#include "importers/tfjs/needed_nodes.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::optional<JsonView> signature_of(const JsonView& root) {
  auto signature = root.find("signature");
  if (signature && !signature->is_null() && signature->size() > 0) return signature;
  const auto metadata = root.find("userDefinedMetadata");
  if (!metadata || !metadata->is_object()) return std::nullopt;
  signature = metadata->find("signature");
  return signature && !signature->is_null() ? signature : std::nullopt;
}

// The nodes that an object of a signature names, in its order.
std::vector<TfReference> references(const std::optional<JsonView>& signature,
                                    std::string_view key) {
  std::vector<TfReference> result;
  const auto object = signature ? signature->find(key) : std::nullopt;
  if (!object || object->is_null()) return result;
  for (const auto& [label, entry] : object->members()) {
    const auto name = entry.find("name");
    try {
      result.push_back(parse_reference(name ? name->string() : label));
    } catch (const Error& error) {
      throw error.at(entry.path());
    }
  }
  return result;
}

bool is_placeholder(const TfNode& node) {
  return node.op == "Placeholder" || node.op == "PlaceholderWithDefault";
}

const TfNode& node_named(const TfNodes& nodes, std::string_view name) {
  const auto found = nodes.by_name.find(name);
  check(found != nodes.by_name.end(), "there is no node ", quoted_name(name));
  return nodes.list[found->second];
}

// Those of the signature, then the others.
std::vector<const TfNode*> placeholders(const TfNodes& nodes,
                                        const std::vector<TfReference>& named) {
  std::vector<const TfNode*> result;
  std::set<std::string_view> seen;
  for (const TfReference& reference : named) {
    const TfNode& node = node_named(nodes, reference.node);
    check(is_placeholder(node), "the signature's input ", quoted_name(node.name), " is a ",
          quoted_name(node.op), " and no Placeholder");
    if (seen.insert(node.name).second) result.push_back(&node);
  }
  for (const TfNode& node : nodes.list) {
    if (node.op == "Placeholder" && seen.insert(node.name).second) result.push_back(&node);
  }
  return result;
}

// Nodes that nobody takes anything from.
std::vector<TfReference> last_nodes(const TfNodes& nodes) {
  std::set<std::string_view> taken;
  for (const TfNode& node : nodes.list) {
    for (const TfReference& input : node.inputs) taken.insert(input.node);
  }
  std::vector<TfReference> result;
  for (const TfNode& node : nodes.list) {
    const bool is_data = node.op == "Const" || node.op == "NoOp" || is_placeholder(node);
    if (!is_data && !taken.contains(node.name)) result.push_back({node.name, {}, 0});
  }
  return result;
}

// Extents that are not known are named after the input and the axis: --dim can fix them.
Type type_of(const TfNode& node) {
  const NodeAttributes attributes(node);
  Type type = Type::tensor(attributes.type("dtype"), attributes.shape("shape"));
  if (!type.shape) return type;
  for (int64_t axis = 0; axis < type.shape->rank(); ++axis) {
    Dimension& dim = (*type.shape)[axis];
    if (!dim.known()) dim = Dimension(join_text(node.name, ".", axis));
  }
  return type;
}

void refuse_weights_without_node(const TfGraph& graph, const WeightFiles& weights) {
  for (const WeightEntry& entry : weights.entries()) {
    const auto is_const = [&entry](const TfNodes& nodes) {
      const auto found = nodes.by_name.find(entry.name);
      return found != nodes.by_name.end() && nodes.list[found->second].op == "Const";
    };
    bool used = entry.of_optimizer || is_const(graph.nodes);
    for (auto f = graph.functions.begin(); !used && f != graph.functions.end(); ++f) {
      used = is_const(f->second.nodes);
    }
    check(used, "the weight ", quoted_name(entry.name), " belongs to no node");
  }
}

}  // namespace

Graph read_graph_model(const JsonView& root, const WeightFiles& weights) {
  const auto initializer = root.find("modelInitializer");
  if (initializer && !initializer->is_null()) {
    fail_unsupported(initializer->path(), ": a graph that initializes the model is not supported");
  }
  const TfGraph graph_def = read_graph_def(root.at("modelTopology"));
  refuse_weights_without_node(graph_def, weights);
  const auto signature = signature_of(root);
  Graph graph;
  Builder builder(graph);
  GraphAssembler::Values inputs;
  for (const TfNode* node : placeholders(graph_def.nodes, references(signature, "inputs"))) {
    try {
      inputs[node->name] = {builder.input(std::string(node->name), type_of(*node))};
    } catch (const Error& error) {
      throw error.at("node " + quoted_name(node->name));
    }
  }
  std::vector<TfReference> wanted = references(signature, "outputs");
  if (wanted.empty()) wanted = last_nodes(graph_def.nodes);
  std::vector<ValueId> outputs =
      GraphAssembler(graph_def, weights).emit_main(builder, std::move(inputs), wanted);
  for (size_t i = 0; i < outputs.size(); ++i) {
    std::string name = join_text(wanted[i].node, ":", wanted[i].index);
    if (graph.value(outputs[i]).name == name) continue;
    outputs[i] = builder.emit_one("Identity", {outputs[i]});
    if (!graph.find(name)) graph.rename(outputs[i], std::move(name));
  }
  graph.set_outputs(std::move(outputs));
  return graph;
}

}  // namespace twingrad
