#include "importers/json/model_reader.h"

#include <unistd.h>
#include <algorithm>
#include <memory>

#include <limits>

#include "importers/json/graph_assembler.h"
#include "importers/json/graph_syntax.h"
#include "importers/json/model_keys.h"
#include "importers/json_file.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// Calls inside of calls multiply; more nodes than this are no model but an attack.
constexpr uint64_t kMostAppliedNodes = 10'000'000;
constexpr size_t kMostFunctions = 10'000;

using OpsetImports = std::vector<std::pair<std::string, int64_t>>;

OpsetImports read_opsets(const JsonView& object) {
  OpsetImports imports;
  const auto entries = object.find("opset_imports");
  if (!entries) return imports;
  for (const auto& [domain, version] : entries->members()) {
    imports.emplace_back(domain, version.integer());
  }
  return imports;
}

void read_origin(const JsonView& root, Model& model) {
  const auto origin = root.find("model");
  if (!origin) return;
  origin->refuse_keys_other_than(kOriginKeys);
  const auto integer = [&origin](std::string_view key) {
    const auto value = origin->find(key);
    return value ? value->integer() : 0;
  };
  model.ir_version = integer("ir_version");
  model.opset_imports = read_opsets(*origin);
  model.producer_name = read_text(*origin, "producer_name");
  model.producer_version = read_text(*origin, "producer_version");
  model.domain = read_text(*origin, "domain");
  model.model_version = integer("model_version");
  model.doc_string = read_text(*origin, "doc");
  model.metadata = read_metadata(*origin);
}

void check_format(const JsonView& root) {
  const JsonView format = root.at("format");
  if (format.string() != kModelFormat) {
    format.refuse("expected ", quoted_name(kModelFormat), ", found ", quoted_name(format.string()));
  }
  const JsonView version = root.at("version");
  if (version.integer(1, INT64_MAX) != kModelFormatVersion) {
    fail_unsupported(version.path(), ": version ", version.integer(), " of ", kModelFormat,
                     " is not supported, only ", kModelFormatVersion);
  }
}

// Nodes that a graph applies, with those of its functions, at any depth.
uint64_t applied_nodes(const GraphSyntax& graph, const std::vector<uint64_t>& functions) {
  uint64_t count = 0;
  for (const NodeSyntax& node : graph.nodes) {
    count += node.function ? functions[*node.function] + 1 : 1;
    for (const AttributeSyntax& attribute : node.attributes) {
      for (const GraphSyntax& nested : attribute.graphs) count += applied_nodes(nested, functions);
    }
    count = std::min(count, kMostAppliedNodes + 1);
  }
  return count;
}

class ModelReader {
 public:
  ModelReader(const JsonView& root, const Folder* folder, uint64_t made_limit)
      : root_(root), tensors_(folder, made_limit), assembler_(tensors_, model_.functions) {}

  Model read() {
    check_format(root_);
    const auto functions = root_.find("functions");
    const auto views = functions ? functions->items() : std::vector<JsonView>();
    if (views.size() > kMostFunctions) {
      functions->refuse("more than ", kMostFunctions, " functions");
    }
    std::vector<GraphSyntax> bodies;
    bodies.reserve(views.size());
    for (const JsonView& view : views) bodies.push_back(read_syntax(view));
    const GraphSyntax graph = syntax_.read(root_, kModelKeys);
    check_work(root_, graph);
    syntax_.refuse_unsupported();
    for (size_t i = 0; i < views.size(); ++i) {
      model_.functions.push_back(make_function(views[i], bodies[i]));
    }
    model_.graph = assembler_.assemble(graph);
    read_origin(root_, model_);
    return std::move(model_);
  }

 private:
  GraphSyntax read_syntax(const JsonView& view) {
    view.refuse_keys_other_than(kFunctionKeys);
    GraphSyntax body = syntax_.read(view.at("body"), kGraphKeys);
    check_work(view, body);
    const auto text = [&view](std::string_view key) {
      const auto value = view.find(key);
      return value ? value->string() : std::string_view();
    };
    syntax_.add_function(view, {text("domain"), view.at("name").string(), text("overload")});
    return body;
  }

  void check_work(const JsonView& view, const GraphSyntax& graph) {
    sizes_.push_back(applied_nodes(graph, sizes_));
    work_ += sizes_.back();
    if (work_ > kMostAppliedNodes) {
      view.refuse("functions apply more than ", kMostAppliedNodes, " nodes");
    }
  }

  std::shared_ptr<const Function> make_function(const JsonView& view, const GraphSyntax& body) {
    auto function = std::make_shared<Function>();
    function->name = read_text(view, "name");
    function->domain = read_text(view, "domain");
    function->overload = read_text(view, "overload");
    function->doc_string = read_text(view, "doc");
    function->metadata = read_metadata(view);
    function->opset_imports = read_opsets(view);
    if (const auto names = view.find("required_attributes")) {
      function->required_attributes = names->strings();
    }
    if (const auto defaults = view.find("attributes")) {
      for (const AttributeSyntax& attribute : syntax_.typed_attributes(*defaults)) {
        function->default_attributes.set(attribute.name, default_value(attribute));
      }
    }
    function->body = assembler_.assemble(body);
    return function;
  }

  AttributeValue default_value(const AttributeSyntax& attribute) {
    if (attribute.reference) attribute.value.refuse("a default is no reference");
    const auto graph = [this](const JsonView& view) {
      return std::make_shared<const Graph>(assembler_.assemble(syntax_.read(view, kGraphKeys)));
    };
    if (attribute.type == AttributeType::kGraph) return graph(attribute.value);
    if (attribute.type != AttributeType::kGraphs) return assembler_.attribute(attribute);
    std::vector<GraphPointer> graphs;
    for (const JsonView& view : attribute.value.items()) graphs.push_back(graph(view));
    return graphs;
  }

  JsonView root_;
  Model model_;
  JsonTensorReader tensors_;
  SyntaxReader syntax_;
  GraphAssembler assembler_;
  std::vector<uint64_t> sizes_;  // of the functions
  uint64_t work_ = 0;
};

}  // namespace

bool is_json_model(const JsonView& root) {
  if (!root.is_object()) return false;
  const auto format = root.find("format");
  return format && format->is_string() && format->string() == kModelFormat;
}

uint64_t default_made_limit() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_size = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_size <= 0) return std::numeric_limits<uint32_t>::max();
  return static_cast<uint64_t>(pages) / 4 * 3 * static_cast<uint64_t>(page_size);
}

Model read_json_model(const JsonView& root, const Folder* folder, uint64_t made_limit) {
  return ModelReader(root, folder, made_limit).read();
}

Model read_json_model_file(const std::string& path, uint64_t made_limit) {
  try {
    const JsonFile file = open_json_file(path);
    return read_json_model(file.document.root(), &file.folder, made_limit);
  } catch (const Error& error) {
    throw error.at(path);
  }
}

}  // namespace twingrad
