#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exporters/source/framework.h"
#include "exporters/source/graph_facts.h"
#include "exporters/source/program.h"

namespace twingrad {

// Turns the nodes of a graph into lines, one by one.
class LineWriter {
 public:
  LineWriter(const Framework& framework, const GraphFacts& facts)
      : framework_(framework), facts_(facts), codes_(facts.graph().values().size()) {
    program_.graph = &facts.graph();
  }

  // The whole graph. Lines that nothing depends on are left out. Throws Error (unsupported) that
  // lists what the framework's rows do not write.
  SourceProgram write();

  const GraphFacts& facts() const { return facts_; }
  // A value as an array of the framework.
  Code array(ValueId id);
  // The same with axis 1 (the channels) behind the others, where it has more than two axes. A value
  // is kept as its node wrote it; it is transposed where another order is asked for. A value of
  // fewer axes than `rank` gets what broadcasts alike.
  Code channels_last(ValueId id, int64_t rank);
  bool is_channels_last(ValueId id) const { return channels_last_.contains(id); }
  void note_channels_last(ValueId id, Code code) { channels_last_[id] = std::move(code); }
  // That `code` is this order of a value which its node writes in the other one.
  void note_turned(ValueId id, Code code) { turned_[id] = std::move(code); }
  // Extent of an axis of an array when the code runs.
  Code extent(const Code& array, int64_t axis) const;
  // Known and no parameter that trains.
  const Tensor* constant(ValueId id) const;
  Code add_member(Member member);
  // Assigns an expression that has several results to that many new variables; `format` is the left
  // side: "{0}, ({1}, {2})".
  std::vector<Code> add_variables(const Code& code, std::string_view format, size_t count);
  // That `code` is the value without this axis, for a node that takes it away.
  void note_squeezed(ValueId id, int64_t axis, Code code) {
    squeezed_[{id, axis}] = std::move(code);
  }
  const Code* squeezed(ValueId id, int64_t axis) const;
  // A function of that name, or with a number behind it, whose parameters are the inputs of a
  // nested graph. Throws Error (unsupported) for what no function can have: weights and layers that
  // train.
  std::string add_function(const Graph& body, std::string_view name);
  void note_draw(const Node& node, bool channels_last = false) {
    program_.draws.push_back(node.outputs[0]);
    if (channels_last) program_.turned_draws.push_back(node.outputs[0]);
  }
  void add_helper(std::string_view name) { program_.helpers.insert(std::string(name)); }

 private:
  LineWriter(const Framework& framework, const GraphFacts& facts, LineWriter& outer)
      : LineWriter(framework, facts) {
    outer_ = &outer;
  }
  void write_node(const Node& node);
  std::string free_function_name(std::string_view name);
  std::vector<Code> written(const Node& node, const SourceRow& row, bool channels_last);
  void add_lines(const Node& node, std::vector<Code> codes, bool channels_last);
  void add_line(ValueId id, const Code& code, bool channels_last);
  void drop_dead_lines();
  void check_supported() const;

  const Framework& framework_;
  const GraphFacts& facts_;
  SourceProgram program_;
  std::vector<std::optional<Code>> codes_;  // of values that are no variables
  std::map<ValueId, Code> channels_last_;
  std::map<ValueId, Code> turned_;
  std::map<std::pair<ValueId, int64_t>, Code> squeezed_;
  size_t new_variables_ = 0;
  LineWriter* outer_ = nullptr;  // of a nested graph
  std::set<std::string> function_names_;
};

}  // namespace twingrad
