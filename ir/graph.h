#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/attribute.h"

namespace twingrad {

struct OpDef;
struct Function;

using ValueId = int32_t;
using NodeId = int32_t;
inline constexpr ValueId kNoValue = -1;  // an optional input or output that is absent
inline constexpr NodeId kNoNode = -1;

using Metadata = std::vector<std::pair<std::string, std::string>>;

// An edge of the graph: defined once, by the caller, by data, or by a node.
struct Value {
  enum class Kind : uint8_t {
    kInput,        // given by the caller (with `data`: unless he omits it)
    kInitializer,  // data of the model, under a name: a parameter, statistic or constant
    kConstant,     // data that a rule, pass or expansion made up
    kResult,       // output of `producer`
  };
  std::string name;
  Type type;
  Kind kind = Kind::kResult;
  NodeId producer = kNoNode;
  int output = 0;                        // which output of the producer
  std::optional<Tensor> data;            // of initializers and constants, default of an input
  std::optional<PartialShape> contents;  // elements of few integers or booleans, if known
  bool stored_sparse = false;            // how `data` was, and will be, written
  bool made_up_name = false;             // nobody gave the name; it changes if somebody wants it
  std::string doc_string;
  Metadata metadata;
};

// One application of an operator, or of a function of the model.
struct Node {
  const OpDef* op = nullptr;  // exactly one of these two
  std::shared_ptr<const Function> function;
  std::string name;
  std::vector<ValueId> inputs;  // the operator's own, then the captures of its nested graphs
  size_t captures = 0;
  std::vector<ValueId> outputs;
  Attributes attributes;
  bool recorded = true;  // false: made under no_grad, the reverse sweep stops here
  std::string doc_string;
  Metadata metadata;
};

// An append-only list of nodes in topological order. A nested graph (a branch of If, a body of Loop
// or Scan) sees nothing of its surroundings: values from outside are its last `capture_count()`
// inputs, and the node that holds it passes them as its last inputs.
// Nodes are added by a Builder only; ids stay valid, references do too (deque).
class Graph {
 public:
  std::string name;
  std::string doc_string;
  Metadata metadata;

  const std::deque<Node>& nodes() const { return nodes_; }
  const std::deque<Value>& values() const { return values_; }
  const Node& node(NodeId id) const { return nodes_[static_cast<size_t>(id)]; }
  Node& node(NodeId id) { return nodes_[static_cast<size_t>(id)]; }
  const Value& value(ValueId id) const { return values_[static_cast<size_t>(id)]; }
  Value& value(ValueId id) { return values_[static_cast<size_t>(id)]; }

  const std::vector<ValueId>& inputs() const { return inputs_; }
  const std::vector<ValueId>& outputs() const { return outputs_; }
  // Named data in the order of the file, the defaults of inputs included.
  std::vector<ValueId> initializers() const;
  size_t capture_count() const { return captures_; }
  size_t formal_count() const { return inputs_.size() - captures_; }

  std::optional<ValueId> find(std::string_view name) const;
  // `wanted`, or `wanted_1`, `wanted_2`... if that is taken. Made-up names give way: they are free.
  std::string free_name(std::string_view wanted);

  // The value's name must be free (empty: a name is made up). Returns its id.
  ValueId add_value(Value value);
  ValueId add_input(Value value, bool capture = false);
  NodeId add_node(Node node);
  void set_outputs(std::vector<ValueId> outputs) { outputs_ = std::move(outputs); }
  void rename(ValueId id, std::string name);

 private:
  bool is_taken(const std::string& name) const;
  std::string made_up_name(ValueId id) const;
  void claim(const std::string& name);

  std::deque<Node> nodes_;
  std::deque<Value> values_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  size_t captures_ = 0;
  std::unordered_map<std::string, ValueId> names_;
  std::unordered_map<std::string, size_t> suffixes_;  // where free_name goes on to look
};

}  // namespace twingrad
