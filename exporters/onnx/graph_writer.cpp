#include "exporters/onnx/graph_writer.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_set>

#include "exporters/onnx/attribute_writer.h"
#include "exporters/onnx/downgrade.h"
#include "exporters/onnx/field_notes.h"
#include "exporters/onnx/newer_fields.h"
#include "exporters/onnx/value_writer.h"
#include "ir/error.h"
#include "ir/graph_queries.h"
#include "ir/op.h"

namespace twingrad {
namespace {

// The names of one graph in the file; those of the graphs around are not free in it.
class FileNames {
 public:
  // `captured`: the names, in the graph around, of the captures.
  FileNames(const Graph& graph, const std::vector<std::string>& captured, const FileNames* outer)
      : outer_(outer), names_(graph.values().size()) {
    for (size_t i = 0; i < captured.size(); ++i) {
      const ValueId id = graph.inputs()[graph.formal_count() + i];
      names_[static_cast<size_t>(id)] = captured[i];
    }
    // Names that can stay are given before others are made up.
    for (size_t i = 0; i < names_.size(); ++i) {
      const std::string& name = graph.values()[i].name;
      if (names_[i].empty() && !is_taken(name)) taken_.insert(names_[i] = name);
    }
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].empty()) names_[i] = fresh(graph.values()[i].name);
    }
  }

  const std::string& operator[](ValueId id) const { return names_[static_cast<size_t>(id)]; }

  std::string fresh(const std::string& wanted) {
    for (size_t suffix = 1;; ++suffix) {
      std::string candidate = wanted + "_" + std::to_string(suffix);
      if (is_taken(candidate)) continue;
      taken_.insert(candidate);
      return candidate;
    }
  }

 private:
  bool is_taken(const std::string& name) const {
    for (const FileNames* names = this; names != nullptr; names = names->outer_) {
      if (names->taken_.contains(name)) return true;
    }
    return false;
  }

  const FileNames* outer_;
  std::unordered_set<std::string> taken_;
  std::vector<std::string> names_;
};

class GraphWriter {
 public:
  GraphWriter(const Graph& graph, const std::vector<std::string>& captured, const FileNames* outer,
              int64_t opset, onnx::GraphProto& proto, ExternalTensors* external)
      : graph_(graph),
        names_(graph, captured, outer),
        opset_(opset),
        proto_(proto),
        external_(external) {}

  void write() {
    proto_.set_name(graph_.name.empty() ? "graph" : graph_.name);
    if (!graph_.doc_string.empty()) proto_.set_doc_string(graph_.doc_string);
    add_newer_metadata(proto_, onnx_field::kGraphMetadata, graph_.metadata);
    for (size_t i = 0; i < graph_.formal_count(); ++i) {
      const ValueId id = graph_.inputs()[i];
      write_value_info(graph_.value(id), names_[id], *proto_.add_input());
    }
    write_data();
    for (const Node& node : graph_.nodes()) write_node(node);
    write_outputs();
    write_value_infos();
    write_annotations();
  }

 private:
  void write_data() {
    const std::vector<bool> used = used_values();
    for (size_t i = 0; i < graph_.values().size(); ++i) {
      const Value& value = graph_.values()[i];
      const auto id = static_cast<ValueId>(i);
      if (!value.data) continue;
      if (value.kind == Value::Kind::kConstant) {
        if (used[i]) write_constant(*value.data, names_[id]);
      } else {
        write_initializer(value, names_[id]);
      }
    }
  }

  std::vector<bool> used_values() const {
    std::vector<bool> used(graph_.values().size());
    const auto note = [&used](const std::vector<ValueId>& ids) {
      for (const ValueId id : ids) {
        if (id != kNoValue) used[static_cast<size_t>(id)] = true;
      }
    };
    for (const Node& node : graph_.nodes()) note(node.inputs);
    note(graph_.outputs());
    return used;
  }

  void write_constant(const Tensor& data, const std::string& name) {
    onnx::NodeProto& node = *proto_.add_node();
    node.set_op_type("Constant");
    node.add_output(name);
    auto& attribute = *node.add_attribute();
    attribute.set_name("value");
    attribute.set_type(onnx::AttributeProto::TENSOR);
    write_tensor(data, *attribute.mutable_t());
  }

  void write_initializer(const Value& value, const std::string& name) {
    if (value.stored_sparse && value.type.element != DataType::kString) {
      auto& sparse = *proto_.add_sparse_initializer();
      write_sparse_tensor(*value.data, sparse);
      write_description(value, name, *sparse.mutable_values());
    } else {
      auto& tensor = *proto_.add_initializer();
      write_tensor(*value.data, tensor, external_);
      write_description(value, name, tensor);
    }
  }

  // What an input says of itself stands there already.
  static void write_description(const Value& value, const std::string& name,
                                onnx::TensorProto& tensor) {
    tensor.set_name(name);
    if (value.kind == Value::Kind::kInput) return;
    if (!value.doc_string.empty()) tensor.set_doc_string(value.doc_string);
    add_newer_metadata(tensor, onnx_field::kTensorMetadata, without_notes(value.metadata));
  }

  void write_node(const Node& node) {
    onnx::NodeProto& proto = *proto_.add_node();
    if (!node.name.empty()) proto.set_name(free_node_name(node.name));
    if (!node.doc_string.empty()) proto.set_doc_string(node.doc_string);
    add_newer_metadata(proto, onnx_field::kNodeMetadata, without_notes(node.metadata));
    if (node.op != nullptr) {
      proto.set_op_type(std::string(node.op->name));
      proto.set_domain(std::string(node.op->domain));
    } else {
      proto.set_op_type(node.function->name);
      proto.set_domain(node.function->domain);
      if (!node.function->overload.empty()) {
        add_newer_field(proto, onnx_field::kNodeOverload, node.function->overload);
      }
    }
    if (proto.domain().empty()) proto.clear_domain();
    const size_t own = node.inputs.size() - node.captures;
    for (size_t i = 0; i < own; ++i) proto.add_input(name_of(node.inputs[i]));
    for (size_t i = 0; i < node.outputs.size(); ++i) proto.add_output(output_name(node, i));
    write_attributes(node, proto);
    downgrade(graph_, node, opset_, proto);
  }

  // An output that nobody wants has no name; runtimes want one where it is not optional.
  std::string output_name(const Node& node, size_t i) {
    const Formal* formal = node.op != nullptr ? node.op->output(i) : nullptr;
    const bool is_required = formal != nullptr && formal->arity == Formal::Arity::kRequired;
    if (node.outputs[i] == kNoValue && is_required) return names_.fresh("unused");
    return name_of(node.outputs[i]);
  }

  // Runtimes refuse two nodes of one name, which a node has that was written as several.
  std::string free_node_name(const std::string& wanted) {
    std::string name = wanted;
    for (size_t suffix = 1; !node_names_.insert(name).second; ++suffix) {
      name = wanted + "_" + std::to_string(suffix);
    }
    return name;
  }

  std::string name_of(ValueId id) const { return id == kNoValue ? "" : names_[id]; }

  void write_attributes(const Node& node, onnx::NodeProto& proto) {
    std::vector<std::string> captured;
    for (size_t i = node.inputs.size() - node.captures; i < node.inputs.size(); ++i) {
      captured.push_back(names_[node.inputs[i]]);
    }
    const WriteNestedGraph write_nested = [&](const Graph& nested, onnx::GraphProto& nested_proto) {
      GraphWriter(nested, captured, &names_, opset_, nested_proto, external_).write();
    };
    for (const auto& [name, value] : node.attributes) {
      if (node.op != nullptr && name == "stream") {
        write_stream(std::get<int64_t>(value), proto);
        continue;
      }
      const AttributeDef* def = node.op != nullptr ? node.op->attribute(name) : nullptr;
      const bool is_default = def != nullptr && !def->required && same_value(value, def->fallback);
      if (is_default && !has_attribute_notes(node.metadata, name)) continue;
      onnx::AttributeProto& attribute = *proto.add_attribute();
      write_attribute(name, value, write_nested, attribute);
      apply_attribute_notes(node.metadata, attribute);
    }
  }

  // Which random numbers a node draws. ONNX has no word for it; readers of ours count nodes where
  // nothing is said.
  void write_stream(int64_t stream, onnx::NodeProto& proto) {
    if (stream == proto_.node_size() - 1) return;
    add_newer_metadata(proto, onnx_field::kNodeMetadata,
                       {{"twingrad.stream", std::to_string(stream)}});
  }

  void write_outputs() {
    const std::set<ValueId> captures(
        graph_.inputs().begin() + static_cast<std::ptrdiff_t>(graph_.formal_count()),
        graph_.inputs().end());
    for (const ValueId id : graph_.outputs()) {
      std::string name = names_[id];
      if (captures.contains(id) || !returned_.insert(id).second) {
        onnx::NodeProto& copy = *proto_.add_node();
        copy.set_op_type("Identity");
        copy.add_input(name);
        copy.add_output(name = names_.fresh(name));
      }
      write_value_info(graph_.value(id), name, *proto_.add_output());
    }
  }

  void write_value_infos() {
    for (size_t i = 0; i < graph_.values().size(); ++i) {
      const Value& value = graph_.values()[i];
      const auto id = static_cast<ValueId>(i);
      if (value.kind == Value::Kind::kInitializer) write_initializer_type(value, names_[id]);
      if (value.kind != Value::Kind::kResult || returned_.contains(id)) continue;
      if (value.type.is_unknown() && value.doc_string.empty() && value.metadata.empty()) continue;
      write_value_info(value, names_[id], *proto_.add_value_info());
    }
  }

  // An initializer has no type in the file but its tensor's, where denotations have no place.
  void write_initializer_type(const Value& value, const std::string& name) {
    if (!has_type_notes(value.metadata)) return;
    Value typed;
    typed.type = value.type;
    std::ranges::copy_if(value.metadata, std::back_inserter(typed.metadata),
                         [](const auto& entry) { return has_type_notes({entry}); });
    write_value_info(typed, name, *proto_.add_value_info());
  }

  void write_annotations() {
    for (size_t i = 0; i < graph_.values().size(); ++i) {
      apply_quantization_notes(graph_.values()[i].metadata, names_[static_cast<ValueId>(i)],
                               proto_);
    }
  }

  const Graph& graph_;
  std::set<std::string> node_names_;
  FileNames names_;
  int64_t opset_;
  onnx::GraphProto& proto_;
  ExternalTensors* external_;  // null: there is no file beside
  std::set<ValueId> returned_;
};

void collect_internal(const Graph& graph, std::set<std::string>& found) {
  for (const Node& node : graph.nodes()) {
    if (node.op != nullptr && node.op->domain == kInternalDomain)
      found.insert(node.op->full_name());
    for (const auto& nested : nested_graphs(node.attributes)) collect_internal(*nested, found);
  }
}

}  // namespace

void check_exportable(const Model& model) {
  std::set<std::string> found;
  for (const Graph* graph : graphs_of(model)) collect_internal(*graph, found);
  if (found.empty()) return;
  std::string list;
  for (const std::string& name : found) list += (list.empty() ? "" : ", ") + name;
  fail_unsupported("ONNX does not have the operators ", list);
}

void write_inner_graph(const Graph& graph, const Graph& outer, int64_t opset,
                       onnx::GraphProto& proto) {
  const FileNames names(outer, {}, nullptr);
  std::vector<std::string> captured;
  for (size_t i = graph.formal_count(); i < graph.inputs().size(); ++i) {
    captured.push_back(graph.value(graph.inputs()[i]).name);
  }
  GraphWriter(graph, captured, &names, opset, proto, nullptr).write();
}

void write_graph(const Graph& graph, int64_t opset, onnx::GraphProto& proto,
                 ExternalTensors* external) {
  GraphWriter(graph, {}, nullptr, opset, proto, external).write();
}

}  // namespace twingrad
