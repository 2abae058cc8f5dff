#include "parity/model_inputs.h"

#include "ir/error.h"
#include "ir/random.h"

namespace twingrad {
namespace {

void bind_symbols(const std::string& name, const Type& type, const Shape& shape,
                  std::map<std::string, int64_t>& symbols) {
  if (!type.is_tensor() || !type.shape) return;
  const PartialShape& declared = *type.shape;
  check(declared.rank() == shape.rank(), "input ", quoted_name(name), " has shape ", shape,
        ", the model declares ", declared);
  for (int64_t axis = 0; axis < shape.rank(); ++axis) {
    const Dimension& dim = declared[axis];
    check(!dim.known() || dim.extent == shape[axis], "input ", quoted_name(name), " has shape ",
          shape, ", the model declares ", declared);
    if (dim.known() || dim.symbol.empty()) continue;
    const auto [found, fresh] = symbols.emplace(dim.symbol, shape[axis]);
    check(fresh || found->second == shape[axis], "dimension ", quoted_name(dim.symbol), " is ",
          found->second, " and, in input ", quoted_name(name), ", ", shape[axis]);
  }
}

Shape chosen_shape(const Value& value, const std::map<std::string, int64_t>& symbols) {
  check(value.type.is_tensor(), "input ", quoted_name(value.name), " is a ", value.type,
        " and cannot be drawn; give its values in a file");
  check(value.type.shape.has_value(), "input ", quoted_name(value.name),
        " has no known rank; fix it with --shape ", value.name, "=...");
  Shape shape;
  for (const Dimension& dim : *value.type.shape) {
    const auto found = symbols.find(dim.symbol);
    const int64_t fallback = dim.symbol.empty() ? 1 : 2;
    shape.append(dim.known() ? dim.extent : (found != symbols.end() ? found->second : fallback));
  }
  return shape;
}

}  // namespace

uint64_t stream_of(const std::string& name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

Tensor drawn_tensor(DataType type, const Shape& shape, uint64_t seed, uint64_t stream) {
  Tensor tensor(type, shape);
  if (type == DataType::kString) return tensor;
  const RandomStream random(seed, stream);
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    const auto index = static_cast<uint64_t>(i);
    set_element(tensor, i,
                is_floating_point(type) ? random.normal(index)
                                        : static_cast<double>(random.below(2, index)));
  }
  return tensor;
}

NamedData drawn_cotangents(const Graph& graph, const NamedData& outputs, uint64_t seed) {
  NamedData cotangents;
  for (const ValueId id : graph.outputs()) {
    const std::string& name = graph.value(id).name;
    const auto found = outputs.find(name);
    if (found == outputs.end() || !has_gradient(found->second)) continue;
    size_t count = 0;  // a tensor by itself has the stream of its name
    cotangents[name] = transformed(found->second, [&](const Tensor& tensor) {
      const std::string place = count++ == 0 ? "" : "/" + std::to_string(count);
      return drawn_tensor(tensor.type(), tensor.shape(), seed,
                          stream_of(join_text("cotangent/", name, place)));
    });
  }
  return cotangents;
}

std::vector<std::string> differentiable_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Value& value : graph.values()) {
    const bool parameter = value.kind == Value::Kind::kInitializer && value.data->rank() > 0;
    if ((value.kind == Value::Kind::kInput || parameter) && has_gradient(value.type)) {
      names.push_back(value.name);
    }
  }
  return names;
}

NamedData model_inputs(const Graph& graph, const InputChoices& choices) {
  NamedData inputs = choices.given;
  std::map<std::string, int64_t> symbols = choices.dims;
  for (const auto& [name, datum] : inputs) {
    const auto id = graph.find(name);
    check(id && graph.value(*id).kind != Value::Kind::kResult,
          "the model has no input or parameter ", quoted_name(name));
    const Type& type = graph.value(*id).type;
    if (!datum.is_tensor()) continue;
    const Tensor& tensor = datum.tensor();
    check(!type.is_tensor() || type.element == tensor.type(), "input ", quoted_name(name), " is ",
          data_type_name(tensor.type()), ", the model declares ", data_type_name(type.element));
    bind_symbols(name, type, tensor.shape(), symbols);
  }
  for (const auto& [name, shape] : choices.shapes) {
    const auto id = graph.find(name);
    check(id && graph.value(*id).kind == Value::Kind::kInput, "the model has no input ",
          quoted_name(name));
    bind_symbols(name, graph.value(*id).type, shape, symbols);
  }
  for (const ValueId id : graph.inputs()) {
    const Value& value = graph.value(id);
    if (value.data || inputs.contains(value.name)) continue;
    if (value.type.is_optional()) continue;  // has no value
    const auto shape = choices.shapes.find(value.name);
    inputs[value.name] =
        drawn_tensor(value.type.element,
                     shape != choices.shapes.end() ? shape->second : chosen_shape(value, symbols),
                     choices.seed, stream_of(value.name));
  }
  return inputs;
}

}  // namespace twingrad
