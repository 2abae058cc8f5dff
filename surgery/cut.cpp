#include "surgery/cut.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

class Cut {
 public:
  Cut(const Graph& source, std::span<const ValueId> inputs, std::span<const ValueId> outputs)
      : source_(source),
        inputs_(inputs.begin(), inputs.end()),
        outputs_(outputs.begin(), outputs.end()),
        given_(source.values().size()),
        needed_(source.values().size()) {
    if (outputs_.empty()) outputs_ = source.outputs();
    note_once(inputs_, given_, "inputs");
    std::vector<bool> returned(source.values().size());
    if (!outputs.empty()) note_once(outputs_, returned, "outputs");
    mark_needed();
    for (const ValueId id : inputs_) {
      check(is(needed_, id), "no output needs the input ", quoted_name(source.value(id).name));
    }
    for (const ValueId id : source.inputs()) {
      if (is(needed_, id) && !is(given_, id)) inputs_.push_back(id);
    }
  }

  Graph made() {
    copy_texts(source_, result_);
    for (const ValueId id : inputs_) add_input(id);
    copy_data();
    for (size_t i = 0; i < source_.nodes().size(); ++i) {
      if (kept_nodes_[i]) copy_node(source_.nodes()[i]);
    }
    result_.set_outputs(mapped(outputs_, map_));
    return std::move(result_);
  }

 private:
  static bool is(const std::vector<bool>& set, ValueId id) { return set[static_cast<size_t>(id)]; }

  void note_once(const std::vector<ValueId>& ids, std::vector<bool>& set, std::string_view what) {
    for (const ValueId id : ids) {
      check(!is(set, id), quoted_name(source_.value(id).name), " stands twice among the ", what);
      set[static_cast<size_t>(id)] = true;
    }
  }

  void mark_needed() {
    for (const ValueId id : outputs_) needed_[static_cast<size_t>(id)] = true;
    kept_nodes_.resize(source_.nodes().size());
    for (size_t i = kept_nodes_.size(); i-- > 0;) {
      const Node& node = source_.nodes()[i];
      kept_nodes_[i] = std::ranges::any_of(node.outputs, [this](ValueId id) {
        return id != kNoValue && is(needed_, id) && !is(given_, id);
      });
      if (!kept_nodes_[i]) continue;
      for (const ValueId id : node.inputs) {
        if (id != kNoValue) needed_[static_cast<size_t>(id)] = true;
      }
    }
  }

  void add_input(ValueId id) {
    Value value = source_.value(id);
    if (value.kind != Value::Kind::kInput) {
      types_hold_ = types_hold_ && !value.data && !value.contents;
      value.data.reset();
      value.contents.reset();
      value.producer = kNoNode;
      value.output = 0;
    }
    map_[static_cast<size_t>(id)] = result_.add_input(std::move(value));
  }

  void copy_data() {
    std::vector<bool> wanted = needed_;
    for (const ValueId id : inputs_) wanted[static_cast<size_t>(id)] = false;
    const ValueMap data = replay_data(source_, builder_, &wanted);
    for (size_t i = 0; i < data.size(); ++i) {
      if (data[i] != kNoValue) map_[i] = data[i];
    }
  }

  // A result that is an input now is one no longer; the node may have others.
  void copy_node(const Node& node) {
    ValueMap map = map_;
    replay_node(source_, node, builder_, map);
    for (const ValueId id : node.outputs) {
      if (id == kNoValue || is(given_, id)) continue;
      const ValueId copy = map[static_cast<size_t>(id)];
      map_[static_cast<size_t>(id)] = copy;
      // A file may have declared more than inference finds.
      if (types_hold_) result_.value(copy).type = source_.value(id).type;
    }
  }

  const Graph& source_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::vector<bool> given_;   // by the caller, from now on
  std::vector<bool> needed_;  // values that outputs need
  std::vector<bool> kept_nodes_;
  bool types_hold_ = true;  // no input was known before, so no shape followed from its elements
  Graph result_;
  Builder builder_{result_};
  ValueMap map_ = ValueMap(source_.values().size(), kNoValue);
};

}  // namespace

Graph cut(const Graph& graph, std::span<const ValueId> inputs, std::span<const ValueId> outputs) {
  return Cut(graph, inputs, outputs).made();
}

}  // namespace twingrad
