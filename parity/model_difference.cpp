#include "parity/model_difference.h"

#include <functional>
#include <map>
#include <sstream>

#include "ir/dump.h"
#include "ir/error.h"
#include "parity/element_statistics.h"

namespace twingrad {
namespace {

using Texts = std::map<std::string, std::string>;

class ModelComparison {
 public:
  std::vector<ModelDifference> take() { return std::move(differences_); }

  // By name; in the order of the names.
  void texts(const std::string& kind, const Texts& left, const Texts& right) {
    for (const auto& [name, text] : left) {
      const auto other = right.find(name);
      if (other == right.end()) add(kind, name, text, "");
      if (other != right.end() && other->second != text) add(kind, name, text, other->second);
    }
    for (const auto& [name, text] : right) {
      if (!left.contains(name)) add(kind, name, "", text);
    }
  }

  void data(const Graph& left, const Graph& right) {
    for (const ValueId id : left.initializers()) {
      const Value& ours = left.value(id);
      const auto found = right.find(ours.name);
      const Value* theirs = found ? &right.value(*found) : nullptr;
      if (theirs == nullptr || !theirs->data) {
        add("data", ours.name, join_text(ours.type), "");
      } else if (ours.data->type() != theirs->data->type() ||
                 ours.data->shape() != theirs->data->shape()) {
        add("data", ours.name, join_text(ours.type), join_text(theirs->type));
      } else if (!identical(*ours.data, *theirs->data)) {
        add("data", ours.name, join_text(ours.type), join_text(theirs->type));
        differences_.back().remark = distance_text(*ours.data, *theirs->data);
      }
    }
    for (const ValueId id : right.initializers()) {
      const Value& theirs = right.value(id);
      const auto found = left.find(theirs.name);
      if (!found || !left.value(*found).data) add("data", theirs.name, "", join_text(theirs.type));
    }
  }

 private:
  void add(const std::string& kind, const std::string& name, std::string left, std::string right) {
    differences_.push_back({kind, name, std::move(left), std::move(right), {}});
  }

  static std::string distance_text(const Tensor& left, const Tensor& right) {
    if (left.type() == DataType::kString) return "other texts";
    std::ostringstream text;
    text.precision(3);
    text << "largest difference " << largest_difference(left, right) << ", largest element "
         << largest_magnitude(left);
    return text.str();
  }

  std::vector<ModelDifference> differences_;
};

Texts types_of(const Graph& graph, std::span<const ValueId> ids) {
  Texts texts;
  for (size_t i = 0; i < ids.size(); ++i) {
    const Value& value = graph.value(ids[i]);
    texts[value.name] = join_text(value.type, ", the ", i + 1, ".");
  }
  return texts;
}

// By the name of what it makes; the text without what its own name is.
Texts nodes_of(const Graph& graph) {
  Texts texts;
  for (const Node& node : graph.nodes()) {
    Node sorted = node;  // the order of attributes says nothing
    sorted.attributes = {};
    for (const auto& [name, value] : std::map(node.attributes.begin(), node.attributes.end())) {
      sorted.attributes.set(name, value);
    }
    std::ostringstream text;
    dump(text, graph, sorted);
    std::string lines = text.str();
    while (!lines.empty() && lines.back() == '\n') lines.pop_back();
    std::string name;
    for (const ValueId id : node.outputs) {
      if (name.empty() && id != kNoValue) name = graph.value(id).name;
    }
    texts[name] = std::move(lines);
  }
  return texts;
}

Texts opsets_of(const Model& model) {
  Texts texts;
  for (const auto& [domain, version] : model.opset_imports) {
    texts[domain.empty() ? "ai.onnx" : domain] = std::to_string(version);
  }
  return texts;
}

Texts metadata_of(const Model& model) {
  return {model.metadata.begin(), model.metadata.end()};
}

}  // namespace

std::vector<ModelDifference> model_differences(const Model& left, const Model& right) {
  ModelComparison comparison;
  comparison.texts("opset", opsets_of(left), opsets_of(right));
  comparison.texts("metadata", metadata_of(left), metadata_of(right));
  comparison.texts("input", types_of(left.graph, left.graph.inputs()),
                   types_of(right.graph, right.graph.inputs()));
  comparison.data(left.graph, right.graph);
  comparison.texts("node", nodes_of(left.graph), nodes_of(right.graph));
  comparison.texts("output", types_of(left.graph, left.graph.outputs()),
                   types_of(right.graph, right.graph.outputs()));
  return comparison.take();
}

}  // namespace twingrad
