#include "importers/onnx/node_order.h"

#include <queue>
#include <unordered_map>
#include <unordered_set>

#include "ir/error.h"

namespace twingrad {
namespace {

// Names in the order in which they were first added.
class NameList {
 public:
  void add(std::string_view name) {
    if (!name.empty() && seen_.insert(name).second) names_.push_back(name);
  }
  std::vector<std::string_view> take() { return std::move(names_); }

 private:
  std::unordered_set<std::string_view> seen_;
  std::vector<std::string_view> names_;
};

std::vector<std::string_view> outer_names(const onnx::GraphProto& graph) {
  std::unordered_set<std::string_view> defined;
  for (const auto& value : graph.input()) defined.insert(value.name());
  for (const auto& tensor : graph.initializer()) defined.insert(tensor.name());
  for (const auto& tensor : graph.sparse_initializer()) defined.insert(tensor.values().name());
  for (const auto& node : graph.node()) defined.insert(node.output().begin(), node.output().end());
  NameList outer;
  const auto use = [&](std::string_view name) {
    if (!defined.contains(name)) outer.add(name);
  };
  for (const auto& node : graph.node()) {
    for (const auto& name : node.input()) use(name);
    for (const auto& name : captured_names(node)) use(name);
  }
  for (const auto& output : graph.output()) use(output.name());
  return outer.take();
}

std::string_view some_output(const onnx::NodeProto& node) {
  return node.output().empty() ? std::string_view(node.name()) : node.output(0);
}

}  // namespace

void visit_nodes(const NodeProtos& nodes,
                 const std::function<void(const onnx::NodeProto&)>& visit) {
  for (const auto& node : nodes) {
    visit(node);
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) visit_nodes(attribute.g().node(), visit);
      for (const auto& graph : attribute.graphs()) visit_nodes(graph.node(), visit);
    }
  }
}

std::vector<std::string_view> captured_names(const onnx::NodeProto& node) {
  NameList captured;
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g()) {
      for (const auto& name : outer_names(attribute.g())) captured.add(name);
    }
    for (const auto& graph : attribute.graphs()) {
      for (const auto& name : outer_names(graph)) captured.add(name);
    }
  }
  return captured.take();
}

std::vector<const onnx::NodeProto*> in_order(const NodeProtos& nodes) {
  std::unordered_map<std::string_view, int> producers;
  for (int i = 0; i < nodes.size(); ++i) {
    for (const auto& name : nodes[i].output()) {
      if (!name.empty()) producers.emplace(name, i);
    }
  }
  std::vector<std::vector<int>> users(static_cast<size_t>(nodes.size()));
  std::vector<int> missing(static_cast<size_t>(nodes.size()));
  for (int i = 0; i < nodes.size(); ++i) {
    const auto depend = [&](std::string_view name) {
      const auto producer = producers.find(name);
      if (producer == producers.end()) return;
      users[static_cast<size_t>(producer->second)].push_back(i);
      ++missing[static_cast<size_t>(i)];
    };
    for (const auto& name : nodes[i].input()) depend(name);
    for (const auto& name : captured_names(nodes[i])) depend(name);
  }
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < nodes.size(); ++i) {
    if (missing[static_cast<size_t>(i)] == 0) ready.push(i);
  }
  std::vector<const onnx::NodeProto*> order;
  while (!ready.empty()) {
    const int next = ready.top();
    ready.pop();
    order.push_back(&nodes[next]);
    for (const int user : users[static_cast<size_t>(next)]) {
      if (--missing[static_cast<size_t>(user)] == 0) ready.push(user);
    }
  }
  for (int i = 0; i < nodes.size(); ++i) {
    check(missing[static_cast<size_t>(i)] == 0, "the graph has a cycle through, or before, value ",
          quoted_name(some_output(nodes[i])));
  }
  return order;
}

}  // namespace twingrad
