#include "importers/tfjs/layers_model.h"

#include "importers/tfjs/functional_graph.h"
#include "importers/tfjs/layers_assembler.h"
#include "ir/error.h"

namespace twingrad {
namespace {

DataType input_type(const JsonView& config) {
  const auto name = config.find("dtype");
  if (!name || !name->is_string()) return DataType::kFloat;
  const std::string_view text = name->string();
  const auto type = text == "float32" ? DataType::kFloat : data_type_from_name(text);
  if (!type) fail_unsupported(name->path(), ": the type ", quoted_name(text), " is not supported");
  return *type;
}

// The first axis is the batch; other open extents are named after the input and the axis.
Type type_of(const JsonView& shape, DataType type, std::string_view input) {
  PartialShape extents;
  for (const JsonView& extent : shape.items()) {
    if (!extent.is_null()) {
      extents.append(Dimension(extent.integer(0, INT32_MAX)));
    } else if (extents.rank() == 0) {
      extents.append(Dimension(std::string("batch")));
    } else {
      extents.append(Dimension(join_text(input, ".", extents.rank())));
    }
  }
  return Type::tensor(type, std::move(extents));
}

std::optional<JsonView> input_shape(const JsonView& config) {
  for (const char* key : {"batch_input_shape", "batch_shape"}) {
    const auto shape = config.find(key);
    if (shape && !shape->is_null()) return shape;
  }
  return std::nullopt;
}

KerasTensor made_input(Builder& builder, const JsonView& config, std::string_view name,
                       const JsonView& shape) {
  return {
      Expr(builder, builder.input(std::string(name), type_of(shape, input_type(config), name)))};
}

// The first layer says the shape, if it is no model in itself; else the model may.
KerasTensor sequential_input(Builder& builder, const JsonView& config) {
  const auto layers = sequential_layers(config);
  if (layers.empty()) config.refuse("a model without layers");
  JsonView first = layers.front();
  while (is_keras_model(first.at("class_name").string())) {
    const JsonView inner = first.at("config");
    if (first.at("class_name").string() != "Sequential") {
      const FunctionalGraph graph = read_functional_graph(inner);
      if (graph.inputs.size() != 1) inner.refuse("expected one input");
      first = graph.layers[graph.calls[graph.inputs[0].call].layer];
      break;
    }
    const auto more = sequential_layers(inner);
    if (more.empty()) inner.refuse("a model without layers");
    first = more.front();
  }
  auto shape = input_shape(first.at("config"));
  if (!shape && config.is_object()) shape = config.find("build_input_shape");
  if (!shape || shape->is_null()) {
    first.at("config").refuse("neither batch_input_shape nor batch_shape");
  }
  return made_input(builder, first.at("config"), "input", *shape);
}

std::vector<KerasTensor> functional_inputs(Builder& builder, const FunctionalGraph& graph) {
  std::vector<KerasTensor> inputs;
  for (const KerasReference& reference : graph.inputs) {
    const size_t layer = graph.calls[reference.call].layer;
    const JsonView config = graph.layers[layer].at("config");
    const auto shape = input_shape(config);
    if (!shape) config.refuse("neither batch_input_shape nor batch_shape");
    inputs.push_back(made_input(builder, config, graph.names[layer], *shape));
  }
  return inputs;
}

// Outputs are nodes of their own. One that is called otherwise gets a node for its name.
ValueId named_output(Builder& builder, ValueId id, const std::string& name) {
  const Value& value = builder.graph().value(id);
  if (value.name == name) return id;
  const bool is_result = value.kind == Value::Kind::kResult;
  if (!is_result || builder.graph().find(name)) {
    id = builder.emit_one("Identity", {id});
    if (builder.graph().find(name)) return id;
  }
  builder.graph().rename(id, name);
  return id;
}

bool is_keras3(const JsonView& topology) {
  const auto version = topology.find("keras_version");
  return version && version->is_string() && version->string().starts_with("3");
}

}  // namespace

Graph read_layers_model(const JsonView& topology, const WeightFiles& weights) {
  const auto nested = topology.find("model_config");
  const JsonView model = nested ? *nested : topology;
  const std::string_view class_name = model.at("class_name").string();
  if (!is_keras_model(class_name)) {
    fail_unsupported("models of class ", quoted_name(class_name), " are not supported");
  }
  const JsonView config = model.at("config");
  Graph graph;
  Builder builder(graph);
  LayersAssembler assembler(weights, builder, is_keras3(topology));
  std::vector<KerasTensor> inputs;
  std::vector<std::string> names;
  if (class_name == "Sequential") {
    inputs = {sequential_input(builder, config)};
    names = {"output"};
  } else {
    const FunctionalGraph functional = read_functional_graph(config);
    inputs = functional_inputs(builder, functional);
    for (const KerasReference& output : functional.outputs) {
      const KerasCall& call = functional.calls[output.call];
      std::string name(functional.names[call.layer]);
      if (call.number > 0) name += ":" + std::to_string(call.number);
      if (output.tensor > 0) name += "." + std::to_string(output.tensor);
      names.push_back(std::move(name));
    }
  }
  const auto results = assembler.emit_model(model, {}, std::move(inputs));
  assembler.weights().refuse_unused();
  std::vector<ValueId> outputs;
  for (size_t i = 0; i < results.size(); ++i) {
    outputs.push_back(named_output(builder, results[i].value.id(), names.at(i)));
  }
  graph.set_outputs(std::move(outputs));
  return graph;
}

}  // namespace twingrad
