#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "backends/static/passes/rewrite.h"
#include "ir/graph_queries.h"
#include "surgery/fold_steps.h"

namespace twingrad {
namespace {

// Data of the model: an initializer, a constant, or what a Constant node holds.
const Tensor* data_of(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  if (value.kind == Value::Kind::kInput) return nullptr;
  if (value.data) return &*value.data;
  if (value.producer == kNoNode || !is_operator(graph.node(value.producer), "Constant")) {
    return nullptr;
  }
  return &graph.node(value.producer).attributes.tensor("value");
}

// Where the parameters of a BatchNormalization stand.
enum : size_t { kScale = 1, kBias = 2, kMean = 3, kVariance = 4 };
constexpr size_t kParameters = 5;

struct Pair {
  NodeId convolution;
  NodeId normalization;
};

class NormalizationFolding {
 public:
  // Works on a copy, in which the data of weights change.
  explicit NormalizationFolding(const Graph& graph) : source_(graph), uses_(use_counts(graph)) {
    for (size_t i = 0; i < source_.nodes().size(); ++i) {
      if (const auto pair = pair_at(static_cast<NodeId>(i))) pairs_.push_back(*pair);
    }
  }

  size_t count() const { return pairs_.size(); }

  Graph folded() {
    std::map<NodeId, Pair> by_normalization;
    std::map<NodeId, Pair> by_convolution;
    for (const Pair& pair : pairs_) {
      by_normalization.emplace(pair.normalization, pair);
      by_convolution.emplace(pair.convolution, pair);
      compute(pair);
    }
    Rewrite rewrite(source_);
    for (size_t i = 0; i < source_.nodes().size(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (by_convolution.contains(id)) continue;
      const auto pair = by_normalization.find(id);
      if (pair == by_normalization.end()) {
        rewrite.keep(source_.node(id));
      } else {
        emit(pair->second, rewrite);
      }
    }
    return rewrite.finish();
  }

 private:
  struct Parameters {
    Tensor weights;
    Tensor bias;
    // Values of the source that hold these now; kNoValue: a new one is needed.
    ValueId weights_at = kNoValue;
    ValueId bias_at = kNoValue;
  };

  size_t uses(ValueId id) const { return uses_[static_cast<size_t>(id)]; }

  std::optional<Pair> pair_at(NodeId id) const {
    const Node& node = source_.node(id);
    if (!is_operator(node, "BatchNormalization") || node.attributes.flag("training_mode") ||
        node.outputs.size() != 1) {
      return std::nullopt;
    }
    for (size_t i = kScale; i < kParameters; ++i) {
      if (data_of(source_, node.inputs[i]) == nullptr) return std::nullopt;
    }
    const Value& input = source_.value(node.inputs[0]);
    if (input.producer == kNoNode || uses(node.inputs[0]) != 1) return std::nullopt;
    const Node& convolution = source_.node(input.producer);
    if (!is_operator(convolution, "Conv")) return std::nullopt;
    for (size_t i = 1; i < convolution.inputs.size(); ++i) {
      const ValueId parameter = convolution.inputs[i];
      if (parameter != kNoValue && data_of(source_, parameter) == nullptr) return std::nullopt;
    }
    return Pair{input.producer, id};
  }

  void compute(const Pair& pair) {
    const Node& convolution = source_.node(pair.convolution);
    const Node& normalization = source_.node(pair.normalization);
    const bool has_bias = convolution.inputs.size() > 2 && convolution.inputs[2] != kNoValue;
    Parameters result = computed(convolution, normalization, has_bias);
    result.weights_at = stored(convolution.inputs[1], result.weights);
    result.bias_at =
        stored(has_bias ? convolution.inputs[2] : normalization.inputs[kBias], result.bias);
    results_.emplace(pair.normalization, std::move(result));
  }

  Parameters computed(const Node& convolution, const Node& normalization, bool has_bias) const {
    std::array<const Tensor*, kParameters> given{};
    for (size_t i = kScale; i < kParameters; ++i) {
      given[i] = data_of(source_, normalization.inputs[i]);
    }
    const Tensor& weights = *data_of(source_, convolution.inputs[1]);
    const Tensor* bias = has_bias ? data_of(source_, convolution.inputs[2]) : nullptr;
    const int64_t channels = weights.shape()[0];
    const int64_t count = channels == 0 ? 0 : weights.element_count() / channels;
    const auto epsilon = static_cast<double>(normalization.attributes.real("epsilon"));
    Parameters result{Tensor(weights.type(), weights.shape()),
                      Tensor(weights.type(), Shape{channels})};
    for (int64_t m = 0; m < channels; ++m) {
      const double factor = element_as_double(*given[kScale], m) /
                            std::sqrt(element_as_double(*given[kVariance], m) + epsilon);
      for (int64_t i = m * count; i < (m + 1) * count; ++i) {
        set_element(result.weights, i, element_as_double(weights, i) * factor);
      }
      const double before = bias == nullptr ? 0.0 : element_as_double(*bias, m);
      set_element(result.bias, m,
                  (before - element_as_double(*given[kMean], m)) * factor +
                      element_as_double(*given[kBias], m));
    }
    return result;
  }

  // An initializer that nobody else reads takes the new data under its name.
  ValueId stored(ValueId id, const Tensor& data) {
    Value& value = source_.value(id);
    if (value.kind != Value::Kind::kInitializer || uses(id) != 1 ||
        value.type.element != data.type()) {
      return kNoValue;
    }
    value.data = data;
    value.stored_sparse = false;
    return id;
  }

  void emit(const Pair& pair, Rewrite& rewrite) {
    const Node& normalization = source_.node(pair.normalization);
    const Parameters& parameters = results_.at(pair.normalization);
    NodeSpec spec = spec_of(source_, source_.node(pair.convolution), rewrite.map);
    const std::string label = spec.name.empty() ? *spec.outputs[0] : spec.name;
    spec.inputs.resize(3, kNoValue);
    spec.inputs[1] = placed(rewrite, parameters.weights_at, parameters.weights, label + ".weight");
    spec.inputs[2] = placed(rewrite, parameters.bias_at, parameters.bias, label + ".bias");
    const ValueId output = normalization.outputs[0];
    spec.outputs = {source_.value(output).name};
    const ValueId made = rewrite.builder.emit(std::move(spec))[0];
    rewrite.graph.value(made).doc_string = source_.value(output).doc_string;
    rewrite.graph.value(made).metadata = source_.value(output).metadata;
    rewrite.map[static_cast<size_t>(output)] = made;
  }

  static ValueId placed(Rewrite& rewrite, ValueId at, const Tensor& data, const std::string& name) {
    if (at != kNoValue) return rewrite.at(at);
    return rewrite.builder.initializer(rewrite.graph.free_name(name), data);
  }

  Graph source_;
  std::vector<size_t> uses_;
  std::vector<Pair> pairs_;
  std::map<NodeId, Parameters> results_;  // by the normalization
};

}  // namespace

Graph with_normalizations_folded(const Graph& graph, bool change, FoldCounts& counts) {
  NormalizationFolding folding(graph);
  (change ? counts.normalizations : counts.normalizations_left) += folding.count();
  return change ? folding.folded() : graph;
}

}  // namespace twingrad
