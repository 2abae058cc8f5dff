#include "parity/reduce/cut.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/replay.h"
#include "parity/model_inputs.h"

namespace twingrad {
namespace {

class Cutter {
 public:
  Cutter(const ParityCase& whole, const Recording& at, std::span<const size_t> nodes, Held held)
      : whole_(whole), at_(at), held_(held), inside_(whole.graph.nodes().size()) {
    for (const size_t node : nodes) inside_[node] = true;
    count_uses();
  }

  ParityCase make();

 private:
  struct Uses {
    bool inside = false;
    bool by_others = false;  // nodes outside
    bool is_output = false;  // of the graph
    bool outside() const { return by_others || is_output; }
  };

  void count_uses();
  Uses& uses(ValueId id) { return uses_[static_cast<size_t>(id)]; }
  void add_value(Builder& builder, ValueId id);
  Datum value_at_cut(const Value& value) const;
  void add_output(ValueId id);
  Datum arriving(const Value& value, const Uses& use) const;
  void keep_directions(ParityCase& part) const;
  void keep_records(ParityCase& part);

  const ParityCase& whole_;
  const Recording& at_;
  Held held_;
  std::vector<bool> inside_;
  std::vector<Uses> uses_;
  ValueMap map_;
  ParityCase part_;
};

void Cutter::count_uses() {
  const Graph& graph = whole_.graph;
  uses_.resize(graph.values().size());
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    for (const ValueId id : graph.nodes()[i].inputs) {
      if (id != kNoValue) (inside_[i] ? uses(id).inside : uses(id).by_others) = true;
    }
  }
  for (const ValueId id : graph.outputs()) uses(id).is_output = true;
}

Datum Cutter::value_at_cut(const Value& value) const {
  if (held_ != Held::kNothing) {
    const NamedData& recorded = whole_.expected->outputs;
    if (const auto found = recorded.find(value.name); found != recorded.end()) return found->second;
  }
  return at_.values.at(value.name);
}

// What a node of the part takes and no node of it makes.
void Cutter::add_value(Builder& builder, ValueId id) {
  const Value& value = whole_.graph.value(id);
  ValueId& here = map_[static_cast<size_t>(id)];
  if (value.kind == Value::Kind::kConstant) {
    here = builder.constant(*value.data);
  } else if (value.kind == Value::Kind::kInitializer) {
    here = builder.initializer(value.name, *value.data);
  } else if (value.kind == Value::Kind::kInput) {
    const auto given = whole_.question.inputs.find(value.name);
    const Datum datum = given != whole_.question.inputs.end() ? given->second
                        : value.data                          ? Datum(*value.data)
                                                              : Datum();
    here = builder.input(value.name, refined_type(value.type, datum));
    if (!datum.empty()) part_.question.inputs[value.name] = datum;
  } else {
    const Datum datum = value_at_cut(value);
    const bool fixes_shapes = datum.is_tensor() && !is_floating_point(datum.tensor().type());
    if (fixes_shapes) {
      here = builder.initializer(value.name, datum.tensor());
    } else {
      here = builder.input(value.name, refined_type(value.type, datum));
      part_.question.inputs[value.name] = datum;
    }
  }
}

// The gradient that arrives at an output of the part from what is outside.
Datum Cutter::arriving(const Value& value, const Uses& use) const {
  const auto own = whole_.question.cotangents.find(value.name);
  if (use.is_output && !use.by_others && own != whole_.question.cotangents.end()) {
    return own->second;
  }
  if (held_ == Held::kGradients) {
    const auto recorded = whole_.expected->gradients.find(value.name);
    if (recorded != whole_.expected->gradients.end() && recorded->second) return *recorded->second;
  }
  const auto here = at_.gradients.find(value.name);
  if (here != at_.gradients.end() && here->second) return *here->second;
  return transformed(at_.values.at(value.name), [&](const Tensor& tensor) {
    return drawn_tensor(tensor.type(), tensor.shape(), whole_.question.seed,
                        stream_of("cotangent/" + value.name));
  });
}

void Cutter::add_output(ValueId id) {
  const Value& value = whole_.graph.value(id);
  const Uses& use = uses(id);
  if (use.inside && !use.outside()) return;
  part_.question.outputs.push_back(value.name);
  const bool asks = held_ != Held::kValues && !whole_.question.cotangents.empty();
  if (!asks || !has_gradient(at_.values.at(value.name))) return;
  if (held_ == Held::kGradients) {
    const auto here = at_.gradients.find(value.name);
    if (here != at_.gradients.end() && !here->second) return;  // nothing arrives
  }
  part_.question.cotangents[value.name] = arriving(value, use);
}

// Of a higher order: the case's own directions, and drawn ones for what is an input now.
void Cutter::keep_directions(ParityCase& part) const {
  Question& question = part.question;
  question.order = whole_.question.order;
  question.directions.clear();
  if (question.order == 1) return;
  for (const std::string& name : question.gradients) {
    const auto own = whole_.question.directions.find(name);
    const Value& value = part.graph.value(*part.graph.find(name));
    const auto given = question.inputs.find(name);
    const Datum& at = given != question.inputs.end() ? given->second : Datum(*value.data);
    question.directions[name] =
        own != whole_.question.directions.end()
            ? own->second
            : transformed(at, [&](const Tensor& tensor) {
                return drawn_tensor(tensor.type(), tensor.shape(), question.seed,
                                    stream_of("direction/" + name));
              });
  }
}

void Cutter::keep_records(ParityCase& part) {
  if (held_ == Held::kNothing) {
    part.expected.reset();
    return;
  }
  Expectation& expected = *part.expected;
  expected.outputs.clear();
  expected.gradients.clear();
  expected.second_order.clear();
  expected.third_order.clear();
  for (const std::string& name : part.question.outputs) {
    const auto found = whole_.expected->outputs.find(name);
    if (found != whole_.expected->outputs.end()) expected.outputs.insert(*found);
  }
  std::vector<std::string> asked;
  for (const std::string& name : part.question.gradients) {
    const auto found = whole_.expected->gradients.find(name);
    const Uses& use = uses(*whole_.graph.find(name));
    if (found == whole_.expected->gradients.end() || use.by_others) continue;
    expected.gradients.insert(*found);
    asked.push_back(name);
  }
  part.question.gradients = asked;
  if (asked.empty()) part.question.cotangents.clear();
  check(!expected.outputs.empty() || !asked.empty(), "nothing of the part is recorded");
}

ParityCase Cutter::make() {
  part_.target = whole_.target;
  part_.name = whole_.name;
  part_.conventions = whole_.conventions;
  part_.tags = whole_.tags;
  part_.precision = whole_.precision;
  part_.expected = whole_.expected;
  part_.question = whole_.question;
  for (auto* data : {&part_.question.inputs, &part_.question.cotangents}) data->clear();
  part_.question.outputs.clear();
  part_.graph.name = whole_.graph.name;
  Builder builder(part_.graph);
  map_.assign(uses_.size(), kNoValue);
  std::vector<ValueId> outputs;
  for (size_t i = 0; i < inside_.size(); ++i) {
    if (!inside_[i]) continue;
    const Node& node = whole_.graph.nodes()[i];
    for (const ValueId id : node.inputs) {
      if (id != kNoValue && map_[static_cast<size_t>(id)] == kNoValue) add_value(builder, id);
    }
    replay_node(whole_.graph, node, builder, map_);
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      const size_t before = part_.question.outputs.size();
      add_output(id);
      if (part_.question.outputs.size() > before) outputs.push_back(map_[static_cast<size_t>(id)]);
    }
  }
  part_.graph.set_outputs(outputs);
  part_.question.gradients = held_ == Held::kValues || part_.question.cotangents.empty()
                                 ? std::vector<std::string>{}
                                 : differentiable_names(part_.graph);
  keep_directions(part_);
  keep_records(part_);
  return std::move(part_);
}

}  // namespace

ParityCase cut(const ParityCase& whole, const Recording& at, std::span<const size_t> nodes,
               Held held) {
  return Cutter(whole, at, nodes, held).make();
}

}  // namespace twingrad
