#include "backends/static/static_executor.h"

#include <algorithm>
#include <cstring>

#include "ir/error.h"

namespace twingrad {
namespace {

bool has_shape(const Type& type, const Tensor& tensor) {
  if (type.element != tensor.type() || type.shape->rank() != tensor.rank()) return false;
  for (int64_t axis = 0; axis < tensor.rank(); ++axis) {
    if (!(*type.shape)[axis].is(tensor.shape()[axis])) return false;
  }
  return true;
}

}  // namespace

StaticExecutor::StaticExecutor(Graph graph, std::vector<Update> updates, const Backend& backend,
                               ThreadPool& pool, ProgramOptions options)
    : graph_(std::move(graph)),
      updates_(std::move(updates)),
      backend_(backend),
      pool_(pool),
      options_(std::move(options)),
      owned_(graph_.values().size(), false) {
  for (const Update& update : updates_) {
    Value& value = graph_.value(update.parameter);
    check(value.data.has_value(), "value ", quoted_name(value.name),
          " is updated but no initializer");
    check(!owned_[static_cast<size_t>(update.parameter)], "parameter ", quoted_name(value.name),
          " is updated twice");
    value.data = value.data->clone();
    owned_[static_cast<size_t>(update.parameter)] = true;
  }
}

Type StaticExecutor::type_of(size_t i, const Datum& datum) const {
  const Value& value = graph_.value(graph_.inputs()[i]);
  if (datum.empty()) {
    check(value.data.has_value() || value.type.kind == Type::Kind::kOptional, "input ",
          quoted_name(value.name), " is missing");
    return value.data ? Type() : value.type;
  }
  if (datum.is_tensor() && !value.type.is_optional()) {
    return Type::tensor(datum.tensor().type(), PartialShape(datum.tensor().shape()));
  }
  // What sequences and optionals hold is looked at only where the graph leaves the rank open.
  return leaf_type(value.type).shape ? value.type : refined_type(value.type, datum);
}

Type StaticExecutor::general_type(size_t i, const Datum& datum) const {
  Type type = type_of(i, datum);
  const Type& declared = graph_.value(graph_.inputs()[i]).type;
  if (!type.is_tensor()) return type.is_unknown() || declared.is_unknown() ? type : declared;
  return declared.is_tensor() ? declared : Type::tensor(type.element);
}

Program& StaticExecutor::general_program(std::span<const Datum> inputs) {
  std::vector<Type> types;
  for (size_t i = 0; i < inputs.size(); ++i) types.push_back(general_type(i, inputs[i]));
  for (const Entry& entry : general_) {
    if (entry.types == types) return *entry.program;
  }
  auto program = std::make_unique<Program>(graph_, types, updates_, backend_, pool_, options_);
  general_.push_back({std::move(types), std::move(program)});
  return *general_.back().program;
}

bool StaticExecutor::matches(const Entry& entry, std::span<const Datum> inputs) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Type& type = entry.types[i];
    if (inputs[i].is_tensor() && type.is_tensor()
            ? !type.is_static() || !has_shape(type, inputs[i].tensor())
            : type != type_of(i, inputs[i])) {
      return false;
    }
  }
  return true;
}

Program& StaticExecutor::program_for(std::span<const Datum> inputs) {
  check(inputs.size() <= graph_.inputs().size(), "the graph has ", graph_.inputs().size(),
        " inputs, got ", inputs.size());
  if (inputs.size() < graph_.inputs().size()) {
    given_.assign(inputs.begin(), inputs.end());
    given_.resize(graph_.inputs().size());
    inputs = given_;
  }
  const auto found =
      std::ranges::find_if(programs_, [&](const Entry& entry) { return matches(entry, inputs); });
  if (found != programs_.end()) {
    programs_.splice(programs_.begin(), programs_, found);
    return *programs_.front().program;
  }
  if (programs_.size() == kMostPrograms) return general_program(inputs);
  Entry entry;
  for (size_t i = 0; i < inputs.size(); ++i) entry.types.push_back(type_of(i, inputs[i]));
  entry.program =
      std::make_unique<Program>(graph_, entry.types, updates_, backend_, pool_, options_);
  programs_.push_front(std::move(entry));
  return *programs_.front().program;
}

std::span<const Datum> StaticExecutor::run_views(std::span<const Datum> inputs, uint64_t seed) {
  Program& program = program_for(inputs);
  return program.run_views(inputs.size() < graph_.inputs().size() ? given_ : inputs, seed);
}

std::vector<Datum> StaticExecutor::run(std::span<const Datum> inputs, uint64_t seed) {
  Program& program = program_for(inputs);
  return program.run(inputs.size() < graph_.inputs().size() ? given_ : inputs, seed);
}

std::vector<Datum> StaticExecutor::by_position(const std::map<std::string, Datum>& inputs) const {
  std::vector<Datum> ordered(graph_.inputs().size());
  size_t used = 0;
  for (size_t i = 0; i < ordered.size(); ++i) {
    const auto found = inputs.find(graph_.value(graph_.inputs()[i]).name);
    if (found == inputs.end()) continue;
    ordered[i] = found->second;
    ++used;
  }
  for (const auto& [name, datum] : inputs) {
    if (used == inputs.size()) break;
    const auto id = graph_.find(name);
    check(id && std::ranges::find(graph_.inputs(), *id) != graph_.inputs().end(),
          "the graph has no input ", quoted_name(name));
  }
  return ordered;
}

std::vector<Datum> StaticExecutor::run(const std::map<std::string, Datum>& inputs, uint64_t seed) {
  return run(by_position(inputs), seed);
}

ValueId StaticExecutor::initializer(std::string_view name) const {
  const auto id = graph_.find(name);
  check(id && graph_.value(*id).data, "the graph has no initializer ", quoted_name(name));
  return *id;
}

const Tensor& StaticExecutor::parameter(std::string_view name) const {
  return *graph_.value(initializer(name)).data;
}

void StaticExecutor::set_parameter(std::string_view name, const Tensor& value) {
  const ValueId id = initializer(name);
  Tensor& held = *graph_.value(id).data;
  check(held.type() == value.type() && held.shape() == value.shape(), "parameter ",
        quoted_name(name), " is ", data_type_name(held.type()), held.shape(), ", not ",
        data_type_name(value.type()), value.shape());
  const bool owned = owned_[static_cast<size_t>(id)];
  if (owned && value.type() != DataType::kString) {
    if (value.byte_size() > 0) std::memcpy(held.raw(), value.raw(), value.byte_size());
  } else {
    held = value.clone();
  }
  // Programs are bound to the storage that they were made with, and may have used the value of an
  // initializer that is not floating-point.
  const bool updated = std::ranges::find(updates_, id, &Update::parameter) != updates_.end();
  if (!owned || (!updated && !is_floating_point(value.type()))) {
    programs_.clear();
    general_.clear();
  }
  owned_[static_cast<size_t>(id)] = true;
}

}  // namespace twingrad
