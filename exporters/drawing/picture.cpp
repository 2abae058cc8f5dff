#include "exporters/drawing/picture.h"

#include <map>
#include <set>

#include "ir/error.h"
#include "ir/model.h"
#include "ir/op.h"
#include "ir/utf8.h"

namespace twingrad {
namespace {

constexpr size_t kLongestText = 36;

// On one line and not too long: what is cut out of the middle is shown as "...".
std::string short_text(std::string_view text) {
  const std::string quoted = quoted_name(text);
  const std::string_view inside = std::string_view(quoted).substr(1, quoted.size() - 2);
  const std::vector<std::string_view> all = characters(inside);
  const size_t half = (kLongestText - 3) / 2;
  const bool whole = all.size() <= kLongestText;
  std::string shown;
  for (size_t i = 0; i < all.size(); ++i) {
    if (whole || i < half || i >= all.size() - half) {
      shown += all[i];
    } else if (i == half) {
      shown += "...";
    }
  }
  return shown;
}

std::string operator_name(const Node& node) {
  const std::string_view domain = node.function ? node.function->domain : node.op->domain;
  const std::string_view name = node.function ? node.function->name : node.op->name;
  return (domain.empty() ? "" : std::string(domain) + "::") + std::string(name);
}

bool is_constant(const Node& node) {
  return node.op != nullptr && node.op->domain.empty() && node.op->name == "Constant";
}

class PanelMaker {
 public:
  PanelMaker(const Graph& graph, std::string title,
             const std::function<bool(const Node&)>& is_backward)
      : graph_(graph), is_backward_(is_backward) {
    panel_.title = std::move(title);
  }

  Panel make() {
    for (const ValueId id : graph_.inputs()) {
      if (graph_.value(id).data) continue;  // a default is data
      box_of_[id] = add(end_box(Box::Kind::kInput, id));
    }
    for (const Node& node : graph_.nodes()) add_node(node);
    for (const ValueId id : graph_.outputs()) {
      connect(id, add(end_box(Box::Kind::kOutput, id)));
    }
    return std::move(panel_);
  }

 private:
  size_t add(Box box) {
    panel_.boxes.push_back(std::move(box));
    return panel_.boxes.size() - 1;
  }

  Box end_box(Box::Kind kind, ValueId id) const {
    const std::string& name = graph_.value(id).name;
    return {kind, short_text(name), {type_of(id)}, {name}};
  }

  std::string type_of(ValueId id) const { return join_text(graph_.value(id).type); }

  void connect(ValueId id, size_t to) {
    const auto from = box_of_.find(id);
    if (from == box_of_.end()) return;
    panel_.arrows.push_back(
        {from->second, to, short_text(graph_.value(id).name) + "  " + type_of(id)});
  }

  // Values that no box gives: initializers, and what a Constant holds.
  bool is_data(ValueId id) const {
    const Value& value = graph_.value(id);
    if (value.data) return !box_of_.contains(id);
    return value.producer != kNoNode && is_constant(graph_.node(value.producer));
  }

  void add_node(const Node& node) {
    if (is_constant(node)) return;
    Box box;
    const bool backward = is_backward_ && is_backward_(node);
    box.kind = backward ? Box::Kind::kBackward : Box::Kind::kForward;
    box.title = operator_name(node);
    if (!node.name.empty()) box.lines.push_back(short_text(node.name));
    for (const ValueId id : node.inputs) {
      if (id == kNoValue || !is_data(id)) continue;
      const Value& value = graph_.value(id);
      box.parameters.push_back(value.name);
      if (value.made_up_name) continue;
      box.lines.push_back(short_text(value.name) + " " + type_of(id));
    }
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) box.values.push_back(graph_.value(id).name);
    }
    const size_t at = add(std::move(box));
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) connect(id, at);
    }
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) box_of_[id] = at;
    }
  }

  const Graph& graph_;
  const std::function<bool(const Node&)>& is_backward_;
  Panel panel_;
  std::map<ValueId, size_t> box_of_;
};

class PictureMaker {
 public:
  PictureMaker(Picture& picture, const std::function<bool(const Node&)>& is_backward)
      : picture_(picture), is_backward_(is_backward) {}

  // A panel for the graph, and for all that is nested in it.
  void add(const Graph& graph, const std::string& title) {
    picture_.panels.push_back(PanelMaker(graph, title, is_backward_).make());
    const std::string inside = title.empty() ? "" : title + " / ";
    for (const Node& node : graph.nodes()) {
      for (const auto& [name, value] : node.attributes) {
        const auto* nested = std::get_if<GraphPointer>(&value);
        if (nested == nullptr) continue;
        add(**nested, inside + place_of(graph, node) + ", " + std::string(name));
      }
      if (node.function && functions_.insert(node.function.get()).second) {
        add(node.function->body, "function " + operator_name(node));
      }
    }
  }

 private:
  static std::string place_of(const Graph& graph, const Node& node) {
    const bool unnamed = node.name.empty() && !node.outputs.empty() && node.outputs[0] != kNoValue;
    return operator_name(node) + " " +
           short_text(unnamed ? graph.value(node.outputs[0]).name : node.name);
  }

  Picture& picture_;
  const std::function<bool(const Node&)>& is_backward_;
  std::set<const Function*> functions_;
};

}  // namespace

Picture picture_of(const Graph& graph, const std::string& title,
                   const std::function<bool(const Node&)>& is_backward) {
  Picture picture{title, {}};
  PictureMaker(picture, is_backward).add(graph, "");
  return picture;
}

}  // namespace twingrad
