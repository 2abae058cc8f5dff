#include "parity/repairs/folded_bn.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

#include "backends/static/passes/rewrite.h"
#include "ir/error.h"
#include "parity/repairs/leftover_normalizations.h"
#include "parity/repairs/name_loss.h"
#include "parity/repairs/parameters_read.h"
#include "parity/repairs/torch_metadata.h"

namespace twingrad {
namespace {

constexpr std::array kEpsilons = {1e-5, 1e-3};  // PyTorch's, Keras's
constexpr double kSame = 1e-5;

// A normalization, and the convolution that it is folded into.
struct Folded {
  const LeftoverNormalization* normalization = nullptr;
  double epsilon = 0;
};

// What is left of the bias of the convolution, and the largest number that it was made of.
struct Rest {
  std::vector<double> bias;
  double largest = 0;

  bool is_nothing() const {
    return std::ranges::all_of(bias, [&](double b) { return std::abs(b) <= kSame * largest; });
  }
};

class Unfolder {
 public:
  explicit Unfolder(const Graph& graph)
      : source_(graph), leftovers_(leftover_normalizations(graph)), readers_(use_counts(graph)) {}

  Repaired run();
  std::vector<ValueId> weights();

 private:
  bool may_hold_one(const Node& node) const;
  Rest rest_of(const Node& node, const Folded& folded) const;
  std::optional<Folded> by_metadata(const Node& node) const;
  std::optional<Folded> by_values(const Node& node) const;
  void find();
  std::vector<bool> wanted_data() const;
  void emit(Rewrite& rewrite, const Node& node, const Folded& folded);
  ValueId unfolded_weight(Rewrite& rewrite, const Node& node, const Folded& folded);

  const Graph& source_;
  std::vector<LeftoverNormalization> leftovers_;
  std::vector<size_t> readers_;
  std::map<const Node*, Folded> found_;
  Repaired result_;
};

// A convolution whose weight and bias nobody else reads.
bool Unfolder::may_hold_one(const Node& node) const {
  if (!is_operator(node, "Conv") || node.inputs.size() < 3) return false;
  for (const size_t i : {size_t{1}, size_t{2}}) {
    const ValueId id = node.inputs[i];
    if (!is_parameter(source_, id) || readers_[static_cast<size_t>(id)] != 1) return false;
  }
  return true;
}

Rest Unfolder::rest_of(const Node& node, const Folded& folded) const {
  const LeftoverNormalization& one = *folded.normalization;
  const std::vector<double> factors = one.factors(folded.epsilon);
  const Tensor& bias = *source_.value(node.inputs[2]).data;
  Rest rest;
  for (size_t i = 0; i < factors.size(); ++i) {
    const double shifted = (element_as_double(bias, static_cast<int64_t>(i)) - one.bias[i]);
    rest.bias.push_back(shifted / factors[i] + one.mean[i]);
    rest.largest = std::max({rest.largest, std::abs(one.mean[i]), std::abs(shifted / factors[i])});
  }
  return rest;
}

bool fits(const Graph& graph, const Node& node, const LeftoverNormalization& one) {
  const bool divides = std::ranges::none_of(one.weight, [](double w) { return w == 0; });
  const Tensor& weight = *graph.value(node.inputs[1]).data;
  const Tensor& data = *graph.value(one.values[0]).data;
  return divides && weight.type() == data.type() && weight.shape()[0] == data.shape()[0] &&
         graph.value(node.inputs[2]).data->shape() == data.shape();
}

// The call is the normalization's: (x, weight, bias, running_mean, running_var, momentum, epsilon).
std::optional<Folded> Unfolder::by_metadata(const Node& node) const {
  const auto call = traced_call(node);
  if (!call || !is_rewritten_by(node, "FuseBatchNormInto") || call->arguments.size() < 5) {
    return std::nullopt;
  }
  for (const TracedTensor& tensor : traced_tensors(source_)) {
    if ("%" + tensor.argument != call->arguments[3]) continue;
    for (const LeftoverNormalization& one : leftovers_) {
      if (tensor.name != one.name + ".running_mean" || !fits(source_, node, one)) continue;
      const double epsilon = std::strtod(call->arguments.back().c_str(), nullptr);
      return Folded{&one, epsilon > 0 && epsilon < 1 ? epsilon : kEpsilons[0]};
    }
  }
  return std::nullopt;
}

// The only one that leaves nothing of the bias.
std::optional<Folded> Unfolder::by_values(const Node& node) const {
  std::optional<Folded> found;
  for (const LeftoverNormalization& one : leftovers_) {
    if (!fits(source_, node, one)) continue;
    for (const double epsilon : kEpsilons) {
      const Folded folded{&one, epsilon};
      const Rest rest = rest_of(node, folded);
      if (rest.largest == 0 || !rest.is_nothing()) continue;
      if (found && found->normalization != &one) return std::nullopt;
      if (!found) found = folded;
    }
  }
  return found;
}

void Unfolder::find() {
  std::map<const LeftoverNormalization*, size_t> uses;
  for (const Node& node : source_.nodes()) {
    if (!may_hold_one(node)) continue;
    auto folded = by_metadata(node);
    if (!folded) folded = by_values(node);
    if (!folded) continue;
    found_.emplace(&node, *folded);
    ++uses[folded->normalization];
  }
  std::erase_if(found_, [&](const auto& entry) { return uses[entry.second.normalization] > 1; });
}

std::vector<bool> Unfolder::wanted_data() const {
  std::vector<bool> wanted(source_.values().size(), true);
  for (const auto& [node, folded] : found_) {
    for (const size_t i : {size_t{1}, size_t{2}}) {
      wanted[static_cast<size_t>(node->inputs[i])] = false;
    }
  }
  return wanted;
}

ValueId Unfolder::unfolded_weight(Rewrite& rewrite, const Node& node, const Folded& folded) {
  const Value& value = source_.value(node.inputs[1]);
  const std::vector<double> factors = folded.normalization->factors(folded.epsilon);
  Tensor data = value.data->clone();
  const int64_t each = data.element_count() / data.shape()[0];
  for (int64_t i = 0; i < data.element_count(); ++i) {
    set_element(data, i, element_as_double(data, i) / factors[static_cast<size_t>(i / each)]);
  }
  const ValueId id = rewrite.builder.initializer(value.name, std::move(data));
  Metadata& metadata = rewrite.graph.value(id).metadata;
  metadata = value.metadata;
  std::erase_if(metadata, [](const auto& entry) { return entry.first == kFoldedKey; });
  return id;
}

void Unfolder::emit(Rewrite& rewrite, const Node& node, const Folded& folded) {
  const std::string& bias_name = source_.value(node.inputs[2]).name;
  const std::string& name = folded.normalization->name;
  NodeSpec convolution = spec_of(source_, node, rewrite.map);
  convolution.inputs = {rewrite.at(node.inputs[0]), unfolded_weight(rewrite, node, folded)};
  const Rest rest = rest_of(node, folded);
  if (!rest.is_nothing()) {
    const Tensor& bias = *source_.value(node.inputs[2]).data;
    Tensor own(bias.type(), bias.shape());
    for (size_t i = 0; i < rest.bias.size(); ++i) {
      set_element(own, static_cast<int64_t>(i), rest.bias[i]);
    }
    convolution.inputs.push_back(rewrite.builder.initializer(bias_name, std::move(own)));
  }
  // What metadata says is about the normalization.
  NodeSpec normalization{.op = "BatchNormalization",
                         .inputs = {},
                         .attributes = {{"epsilon", static_cast<float>(folded.epsilon)}},
                         .outputs = std::move(convolution.outputs),
                         .name = name};
  convolution.outputs = {std::string()};
  convolution.metadata.clear();
  normalization.inputs = rewrite.builder.emit(std::move(convolution));
  for (const ValueId id : folded.normalization->values) {
    normalization.inputs.push_back(rewrite.at(id));
  }
  rewrite.map[static_cast<size_t>(node.outputs[0])] =
      rewrite.builder.emit(std::move(normalization))[0];
  const std::string& weight = source_.value(node.inputs[1]).name;
  result_.done.push_back(quoted_name(name) + " normalizes again what " + quoted_name(weight) +
                         " gives");
  result_.relations.push_back(
      {{{weight}}, {{weight, false, folded.normalization->factors(folded.epsilon)}}});
  result_.relations.push_back({{{bias_name}}, {{name + ".bias"}}});
  for (const char* role : {".weight", ".running_mean", ".running_var"}) {
    result_.relations.push_back({{}, {{name + role}}});
  }
}

std::vector<ValueId> Unfolder::weights() {
  find();
  std::vector<ValueId> result;
  for (const auto& [node, folded] : found_) result.push_back(node->inputs[1]);
  return result;
}

Repaired Unfolder::run() {
  find();
  if (found_.empty()) return {source_, {}, {}};
  const std::vector<bool> wanted = wanted_data();
  Rewrite rewrite(source_, &wanted);
  for (const Node& node : source_.nodes()) {
    const auto folded = found_.find(&node);
    if (folded == found_.end()) rewrite.keep(node);
    if (folded != found_.end()) emit(rewrite, node, folded->second);
  }
  result_.graph = rewrite.finish();
  return std::move(result_);
}

}  // namespace

std::vector<ValueId> weights_to_unfold(const Graph& graph) {
  return Unfolder(graph).weights();
}

Repaired unfolded_normalization(const Graph& graph) {
  return Unfolder(graph).run();
}

}  // namespace twingrad
