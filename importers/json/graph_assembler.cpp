#include "importers/json/graph_assembler.h"

#include "ir/builder.h"
#include "ir/error.h"

namespace twingrad {

// One graph while it is made.
class GraphAssembly {
 public:
  GraphAssembly(GraphAssembler& assembler, const GraphSyntax& syntax)
      : assembler_(assembler), syntax_(syntax), builder_(graph_) {}

  // `captured`: the values of syntax.free in the graph around.
  Graph make(const Builder* around, std::span<const ValueId> captured,
             std::span<const std::string_view> capture_names) {
    const JsonView& view = syntax_.view;
    graph_.name = read_text(view, "name");
    graph_.doc_string = read_text(view, "doc");
    graph_.metadata = read_metadata(view);
    for (const auto& [name, value] : named_entries(view, "inputs")) add_input(name, value);
    for (size_t i = 0; i < captured.size(); ++i) {
      builder_.capture(std::string(capture_names[i]), *around, captured[i]);
    }
    add_data("parameters", Value::Kind::kInitializer);
    add_data("constants", Value::Kind::kConstant);
    for (const auto& [name, value] : named_entries(view, "values")) said_.emplace(name, value);
    for (const NodeSyntax& node : syntax_.nodes) add_node(node);
    for (const auto& [name, value] : said_) {
      value.refuse("no node has a result ", quoted_name(name));
    }
    std::vector<ValueId> outputs;
    for (const JsonView& output : view.at("outputs").items()) {
      outputs.push_back(id_of(output.string()));
    }
    graph_.set_outputs(std::move(outputs));
    return std::move(graph_);
  }

 private:
  ValueId id_of(std::string_view name) const {
    return name.empty() ? kNoValue : graph_.find(name).value();
  }

  void add_input(std::string_view name, const JsonView& view) {
    Value value;
    value.name = name;
    if (view.is_object()) {
      view.refuse_keys_other_than(kInputKeys);
      if (const auto type = view.find("type")) value.type = read_type(*type);
      if (const auto data = view.find("default")) add_default(value, *data);
      read_texts(value, view);
    } else if (syntax_.view.at("inputs").is_object()) {
      value.type = read_type(view);
    }
    graph_.add_input(std::move(value));
  }

  void add_default(Value& value, const JsonView& view) {
    value.data = assembler_.tensors_.read(view, value.name);
    const Type type = Type::tensor(value.data->type(), PartialShape(value.data->shape()));
    try {
      const Type both = intersection_of(value.type, type);
      if (value.type.is_unknown()) value.type = both;
    } catch (const Error& error) {
      throw error.at(view.path());
    }
  }

  void add_data(std::string_view key, Value::Kind kind) {
    for (const auto& [name, view] : named_entries(syntax_.view, key)) {
      Value value;
      value.name = name;
      value.kind = kind;
      value.data = assembler_.tensors_.read(view, name, kDataKeys);
      value.type = Type::tensor(value.data->type(), PartialShape(value.data->shape()));
      if (view.is_object()) read_texts(value, view);
      graph_.add_value(std::move(value));
    }
  }

  static void read_texts(Value& value, const JsonView& view) {
    value.doc_string = read_text(view, "doc");
    value.metadata = read_metadata(view);
    if (const auto sparse = view.find("sparse")) value.stored_sparse = sparse->boolean();
  }

  void add_node(const NodeSyntax& syntax) {
    NodeSpec spec = spec_of(syntax);
    const auto recorded = syntax.view.find("recorded");
    builder_.set_recording(!recorded || recorded->boolean());
    std::vector<ValueId> outputs;
    try {
      outputs = builder_.emit(std::move(spec));
    } catch (const Error& error) {
      throw error.at(syntax.view.path());
    }
    for (const ValueId id : outputs) {
      if (id != kNoValue) apply_said(graph_.value(id));
    }
  }

  NodeSpec spec_of(const NodeSyntax& syntax) {
    NodeSpec spec;
    if (syntax.function) {
      spec.function = assembler_.functions_[*syntax.function];
      spec.op = spec.function->name;
      spec.domain = spec.function->domain;
    } else {
      spec.op = syntax.op->name;
      spec.domain = syntax.op->domain;
    }
    for (const std::string_view input : syntax.inputs) spec.inputs.push_back(id_of(input));
    for (const std::string_view outer : syntax.captures) spec.captures.push_back(id_of(outer));
    spec.output_count = syntax.outputs.size();
    for (const std::string_view output : syntax.outputs) {
      spec.outputs.push_back(output.empty() ? std::nullopt : std::optional(std::string(output)));
    }
    for (const AttributeSyntax& attribute : syntax.attributes) {
      spec.attributes.set(attribute.name, value_of(attribute, syntax));
    }
    spec.name = read_text(syntax.view, "name");
    spec.doc_string = read_text(syntax.view, "doc");
    spec.metadata = read_metadata(syntax.view);
    return spec;
  }

  AttributeValue value_of(const AttributeSyntax& attribute, const NodeSyntax& node) {
    const bool is_graph = attribute.type == AttributeType::kGraph;
    if (attribute.reference || (!is_graph && attribute.type != AttributeType::kGraphs)) {
      return assembler_.attribute(attribute);
    }
    std::vector<ValueId> captured;
    for (const std::string_view outer : node.captures) captured.push_back(id_of(outer));
    std::vector<GraphPointer> graphs;
    for (const GraphSyntax& nested : attribute.graphs) {
      const auto& names = nested.capture_names ? *nested.capture_names : node.captures;
      graphs.push_back(std::make_shared<const Graph>(
          GraphAssembly(assembler_, nested).make(&builder_, captured, names)));
    }
    if (is_graph) return graphs.front();
    return graphs;
  }

  // What the model says of a result beyond what inference found.
  void apply_said(Value& value) {
    const auto found = said_.find(value.name);
    if (found == said_.end()) return;
    const JsonView view = found->second;
    said_.erase(found);
    const bool plain = view.is_string();
    if (!plain) view.refuse_keys_other_than(kValueKeys);
    const auto type = plain ? std::optional(view) : view.find("type");
    if (type) {
      const Type said = read_type(*type);
      try {
        value.type = intersection_of(value.type, said);
      } catch (const Error& error) {
        throw error.at(type->path());
      }
    }
    if (!plain) read_texts(value, view);
  }

  GraphAssembler& assembler_;
  const GraphSyntax& syntax_;
  Graph graph_;
  Builder builder_;
  std::map<std::string, JsonView, std::less<>> said_;
};

Graph GraphAssembler::assemble(const GraphSyntax& syntax) {
  return GraphAssembly(*this, syntax).make(nullptr, {}, {});
}

}  // namespace twingrad
