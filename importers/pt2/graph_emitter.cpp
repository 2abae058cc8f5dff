#include "importers/pt2/graph_emitter.h"

#include <algorithm>
#include <array>

#include "importers/pt2/scalar_type.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr std::string_view kNamespace = "torch.ops.";
constexpr size_t kDeepestView = 2000;

// Arguments that say where and how tensors lie in memory.
constexpr std::array<std::string_view, 8> kWithoutMeaning = {
    "layout",       "device",        "pin_memory", "memory_format",
    "non_blocking", "cudnn_enabled", "generator",  "cudnn_enable"};

std::string_view target_of(const JsonView& node) {
  std::string_view target = node.at("target").string();
  if (target.starts_with(kNamespace)) target.remove_prefix(kNamespace.size());
  return target;
}

Dimension dimension_of(const JsonView& size) {
  const auto [key, value] = read_union(size);
  if (key == "as_int") return value.integer(0, INT64_MAX);
  constexpr std::string_view kSymbol = "Symbol('";
  const auto text = key == "as_expr" ? value.find("expr_str") : std::nullopt;
  if (!text || !text->string().starts_with(kSymbol)) return {};
  const std::string_view rest = text->string().substr(kSymbol.size());
  return Dimension(std::string(rest.substr(0, rest.find('\''))));
}

Type type_of(const JsonView& meta) {
  const DataType type = read_scalar_type(meta.at("dtype"));
  PartialShape shape;
  for (const JsonView& size : meta.at("sizes").items()) shape.append(dimension_of(size));
  if (!is_complex_pair(type)) return Type::tensor(type, std::move(shape));
  shape.append(2);
  return Type::tensor(part_type(type), std::move(shape));
}

std::optional<TorchNumber::Kind> number_kind(std::string_view key) {
  if (key == "as_sym_int") return TorchNumber::Kind::kInteger;
  if (key == "as_sym_float") return TorchNumber::Kind::kReal;
  if (key == "as_sym_bool") return TorchNumber::Kind::kBool;
  return std::nullopt;
}

}  // namespace

std::string program_place(const JsonView& node) {
  const std::string target = quoted_name(node.at("target").string());
  const auto name = node.find("name");
  const std::string title = name && name->is_string() ? quoted_name(name->string()) : node.path();
  return "node " + title + " (" + target.substr(1, target.size() - 2) + ")";
}

GraphEmitter::GraphEmitter(const JsonView& graph, Builder& builder)
    : graph_(graph), builder_(builder) {
  for (const auto& [name, meta] : graph.at("tensor_values").members()) {
    tensor_values_.emplace(name, meta);
  }
  nested_ = [](const JsonView& inner, Builder& target, std::span<const ValueId> arguments) {
    GraphEmitter emitter(inner, target);
    const std::vector<JsonView> inputs = inner.at("inputs").items();
    check(inputs.size() == arguments.size(), "a nested graph of ", inputs.size(), " inputs gets ",
          arguments.size(), " values");
    for (size_t i = 0; i < inputs.size(); ++i) {
      const auto [key, value] = read_union(inputs[i]);
      if (key == "as_tensor") {
        const JsonView name = value.at("name");
        emitter.bind(name.string(), TorchTensor{arguments[i], emitter.declared_complex(name)});
      } else if (const auto kind = number_kind(key)) {
        const auto [inside, name] = read_union(value);
        if (inside == "as_name") {
          emitter.bind(name.string(), TorchNumber::computed(*kind, arguments[i]));
        }
      }
    }
    emitter.emit_nodes();
    std::vector<ValueId> outputs;
    for (const JsonView& item : inner.at("outputs").items()) {
      outputs.push_back(emitter.nested_value(item));
    }
    return outputs;
  };
}

const JsonView* GraphEmitter::declared(std::string_view name) const {
  const auto found = tensor_values_.find(std::string(name));
  return found == tensor_values_.end() ? nullptr : &found->second;
}

Type GraphEmitter::declared_type(const JsonView& name) const {
  const JsonView* meta = declared(name.string());
  if (meta == nullptr) name.refuse("tensor_values says nothing of ", quoted_name(name.string()));
  return type_of(*meta);
}

bool GraphEmitter::declared_complex(const JsonView& name) const {
  const JsonView* meta = declared(name.string());
  return meta != nullptr && is_complex_pair(read_scalar_type(meta->at("dtype")));
}

void GraphEmitter::bind(std::string_view name, TorchBinding binding) {
  const bool added = bindings_.emplace(name, binding).second;
  check(added, "value ", quoted_name(name), " is defined twice");
}

TorchBinding GraphEmitter::find(const JsonView& name) {
  const std::string key(name.string());
  refresh(key);
  const auto found = bindings_.find(key);
  if (found == bindings_.end()) name.refuse("no value ", quoted_name(key), " is defined before");
  return found->second;
}

ValueId GraphEmitter::output(const JsonView& item) {
  const auto [key, value] = read_union(item);
  if (key == "as_tensor") {
    const TorchBinding binding = find(value.at("name"));
    const auto* tensor = std::get_if<TorchTensor>(&binding);
    if (tensor == nullptr) value.refuse("is a number, no tensor");
    return tensor->id;
  }
  if (!number_kind(key)) return kNoValue;
  const auto [inside, name] = read_union(value);
  if (inside != "as_name") return kNoValue;
  const TorchBinding binding = find(name);
  const auto* number = std::get_if<TorchNumber>(&binding);
  if (number == nullptr) name.refuse("is a tensor, no number");
  if (!number->known()) return number->value;
  return builder_.constant(Tensor::scalar(number->integer));
}

// A branch of If may not hand its input through, and every result of a graph is a value.
ValueId GraphEmitter::nested_value(const JsonView& item) {
  ValueId id = output(item);
  if (id == kNoValue) {
    const auto [key, value] = read_union(item);
    if (key == "as_none") fail_unsupported(item.path(), ": a nested graph returns nothing");
    if (key == "as_sym_int" || key == "as_int") {
      const JsonView number = key == "as_int" ? value : value.at("as_int");
      return builder_.constant(Tensor::scalar(number.integer()));
    }
    item.refuse("a nested graph returns ", quoted_name(key));
  }
  return builder_.emit_one("Identity", {id});
}

void GraphEmitter::emit_nodes() {
  for (const JsonView& node : graph_.at("nodes").items()) {
    try {
      emit_node(node);
    } catch (const Error& error) {
      throw error.at(program_place(node));
    }
  }
}

std::vector<GraphEmitter::Result> GraphEmitter::read_results(const JsonView& node) const {
  std::vector<Result> results;
  for (const JsonView& output : node.at("outputs").items()) {
    const auto [key, value] = read_union(output);
    if (key == "as_tensor") {
      results.push_back({value.at("name"), std::nullopt});
    } else if (key == "as_tensors") {
      for (const JsonView& item : value.items()) results.push_back({item.at("name"), std::nullopt});
    } else if (const auto kind = number_kind(key)) {
      const auto [inside, name] = read_union(value);
      results.push_back({inside == "as_name" ? std::optional(name) : std::nullopt, kind});
    } else if (key == "as_none") {
      results.push_back({});
    } else {
      fail_unsupported(output.path(), ": results of kind ", quoted_name(key), " are not supported");
    }
  }
  return results;
}

std::vector<TorchArgument> GraphEmitter::read_arguments(const JsonView& node,
                                                        const AtenOperator& op) {
  const TorchNames names = [this](const JsonView& name) { return find(name); };
  const auto& parameters = op.parameters;
  if (op.takes_anything) return {};
  std::vector<std::optional<TorchArgument>> found(parameters.size());
  std::vector<TorchArgument> rest;
  size_t position = 0;
  for (const JsonView& input : node.at("inputs").items()) {
    const std::string_view name = input.at("name").string();
    size_t index = position++;
    if (!name.empty()) {
      index = static_cast<size_t>(std::ranges::find(parameters, name, &AtenParameter::name) -
                                  parameters.begin());
      if (index == parameters.size() && std::ranges::count(kWithoutMeaning, name) > 0) continue;
      // What is written into is "self", whatever the operator calls it otherwise.
      if (index == parameters.size() && name == "self") index = 0;
      check(index < parameters.size(), "unknown argument ", quoted_name(name));
    }
    TorchArgument argument = read_argument(input.at("arg"), names);
    if (index >= parameters.size()) {
      rest.push_back(std::move(argument));
    } else {
      check(!found[index], "argument ", quoted_name(parameters[index].name), " is given twice");
      found[index] = std::move(argument);
    }
  }
  std::vector<TorchArgument> arguments;
  for (size_t i = 0; i < parameters.size(); ++i) {
    check(found[i] || parameters[i].fallback, "argument ", quoted_name(parameters[i].name),
          " is missing");
    arguments.push_back(found[i] ? *found[i] : *parameters[i].fallback);
  }
  std::ranges::move(rest, std::back_inserter(arguments));
  return arguments;
}

AtenResults GraphEmitter::run(const JsonView& node, const AtenOperator& op,
                              std::span<const Result> results) {
  std::vector<DataType> types;
  for (const Result& result : results) {
    const JsonView* meta = result.name ? declared(result.name->string()) : nullptr;
    types.push_back(meta == nullptr ? DataType::kUndefined : read_scalar_type(meta->at("dtype")));
  }
  const AtenCall call(builder_, op.parameters, read_arguments(node, op), std::move(types), nested_);
  AtenResults made = op.emit(call);
  check(made.ids.size() >= results.size(), "has ", results.size(), " results, expected ",
        made.ids.size());
  return made;
}

void GraphEmitter::emit_node(const JsonView& node) {
  const std::string_view target = target_of(node);
  const AtenOperator* op = find_aten_operator(target);
  if (op == nullptr) fail_unsupported("the operator is not supported");
  const std::vector<Result> results = read_results(node);
  const AtenResults made = run(node, *op, results);
  for (size_t i = 0; i < results.size(); ++i) define(results[i], made.ids[i]);
  const auto inputs = node.at("inputs").items();
  if (inputs.empty() || (!is_in_place(target) && !makes_view(target))) return;
  const auto self = inputs[0].at("arg").find("as_tensor");
  if (!self) return;
  const std::string base(self->at("name").string());
  for (size_t i = 0; i < results.size(); ++i) {
    if (!results[i].name) continue;
    // The result of a write is from here on another name of what was written into.
    if (is_in_place(target)) write(base, made.ids[i]);
    const auto origin = views_.find(base);
    const size_t depth = origin == views_.end() ? 1 : origin->second.depth + 1;
    check(depth <= kDeepestView, "a view of a view, more than ", kDeepestView, " deep");
    views_.insert_or_assign(std::string(results[i].name->string()),
                            ViewOrigin{base, node, i, versions_[base], depth});
    if (is_in_place(target)) return;
  }
}

void GraphEmitter::define(const Result& result, ValueId id) {
  if (!result.name || id == kNoValue) return;
  const std::string name(result.name->string());
  if (result.number) {
    TorchNumber number = TorchNumber::computed(*result.number, id);
    const Tensor* known = builder_.known(id);
    if (known != nullptr && known->element_count() == 1) {
      number.value = kNoValue;
      number.real = element_as_double(*known, 0);
      number.integer = known->type() == DataType::kInt64 ? known->data<int64_t>()[0]
                                                         : static_cast<int64_t>(number.real);
    }
    bind(name, number);
    return;
  }
  join_declared(*result.name, id);
  Value& value = builder_.graph().value(id);
  if (value.kind == Value::Kind::kResult && value.made_up_name) {
    builder_.graph().rename(id, builder_.graph().free_name(name));
  }
  bind(name, TorchTensor{id, declared_complex(*result.name)});
}

// A declared type that contradicts the computed one says that the program is not what it claims.
void GraphEmitter::join_declared(const JsonView& name, ValueId id) {
  const JsonView* meta = declared(name.string());
  if (meta == nullptr) return;
  const Type said = type_of(*meta);
  Value& value = builder_.graph().value(id);
  try {
    value.type = intersection_of(value.type, said);
  } catch (const Error& error) {
    throw error.at("result " + quoted_name(name.string()) + " is declared otherwise");
  }
}

}  // namespace twingrad
