#include <numeric>

#include "ir/error.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void check_same(const Dimension& a, const Dimension& b, const PartialShape& scores,
                const PartialShape& labels) {
  check(!a.known() || !b.known() || a.extent == b.extent, "scores of shape ", scores,
        " and labels of shape ", labels);
}

// Scores [N, C, d1, ...], labels [N, d1, ...], weights [C].
void infer_loss(InferContext& context) {
  const std::string& reduction = context.attributes().text("reduction");
  check(reduction == "none" || reduction == "mean" || reduction == "sum",
        "attribute 'reduction' must be none, mean or sum, found ", quoted_name(reduction));
  const PartialShape* scores = context.shape(0);
  const PartialShape* labels = context.shape(1);
  if (scores != nullptr) {
    check(scores->rank() >= 2, "scores need at least 2 axes, their shape is ", *scores);
    context.set_shape(1, *scores);
  }
  if (scores != nullptr && labels != nullptr) {
    check(labels->rank() == scores->rank() - 1, "scores of shape ", *scores,
          " and labels of shape ", *labels);
    for (int64_t axis = 0; axis < labels->rank(); ++axis) {
      check_same((*scores)[axis == 0 ? 0 : axis + 1], (*labels)[axis], *scores, *labels);
    }
  }
  const PartialShape* weights = context.shape(2);
  if (scores != nullptr && weights != nullptr) {
    check(weights->rank() == 1 && (!(*weights)[0].known() || !(*scores)[1].known() ||
                                   (*weights)[0].extent == (*scores)[1].extent),
          "weights of shape ", *weights, " for scores of shape ", *scores);
  }
  if (reduction != "none") {
    context.set_shape(0, PartialShape{});
  } else if (labels != nullptr) {
    context.set_shape(0, *labels);
  }
}

Expr reduced(Expr x) {
  std::vector<int64_t> axes(static_cast<size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return reduce_sum(x, axes, false);
}

// -weight[label] * log_probability[label]; 0 where the label is to be ignored. The mean divides by
// the sum of the weights that count.
Expr likelihood_loss(Expr log_probability, std::span<const ValueId> inputs, const Node& node) {
  Builder& builder = log_probability.builder();
  const Expr labels(builder, inputs[1]);
  const bool ignoring = node.attributes.has("ignore_index");
  Expr chosen = labels;
  Expr counts = labels;  // which labels count, if some may not
  if (ignoring) {
    const auto index = static_cast<double>(node.attributes.integer("ignore_index"));
    counts = logical_not(equal(labels, labels.like(index)));
    chosen = where(counts, labels, labels.like(0));  // any class that there is
  }
  const std::vector<int64_t> class_axis = {1};
  const Expr picked = log_probability.apply("GatherElements", {unsqueeze(chosen, class_axis)},
                                            {{"axis", int64_t{1}}});
  Expr loss = -squeeze(picked, class_axis);
  const bool weighted = inputs.size() > 2 && inputs[2] != kNoValue;
  Expr weights = loss;
  if (weighted) weights = gather({builder, inputs[2]}, chosen, 0);
  if (weighted && ignoring) weights = where(counts, weights, weights.like(0));
  if (!weighted && ignoring) weights = cast(counts, loss.element());
  if (weighted) loss = loss * weights;
  // Not a product with 0: the ignored score may be infinite.
  if (ignoring) loss = where(counts, loss, loss.like(0));
  const std::string& reduction = node.attributes.text("reduction");
  if (reduction == "none") return loss;
  if (reduction == "sum") return reduced(loss);
  if (weighted || ignoring) return reduced(loss) / reduced(weights);
  std::vector<int64_t> axes(static_cast<size_t>(loss.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return reduce_mean(loss, axes, false);
}

std::vector<ValueId> expand_likelihood(Builder& builder, const Node& node,
                                       std::span<const ValueId> inputs) {
  return {likelihood_loss({builder, inputs[0]}, inputs, node).id()};
}

std::vector<ValueId> expand_cross_entropy(Builder& builder, const Node& node,
                                          std::span<const ValueId> inputs) {
  const Expr scores(builder, inputs[0]);
  const Expr log_probability = scores.apply("LogSoftmax", {}, {{"axis", int64_t{1}}});
  std::vector<ValueId> results = {likelihood_loss(log_probability, inputs, node).id()};
  if (node.outputs.size() > 1) results.push_back(log_probability.id());
  return results;
}

OpRow loss(std::string_view name, std::string_view signature, ExpandFunction expand) {
  return {.name = name,
          .signature = signature,
          .types = {{"T", kFloatTypes}, {"Tind", kIndexTypes}},
          .attributes = {optional("ignore_index", AttributeType::kInt),
                         defaulted("reduction", std::string("mean"))},
          .infer = infer_loss,
          .expand = expand};
}

}  // namespace

std::vector<OpRow> loss_ops() {
  return {
      loss("SoftmaxCrossEntropyLoss", "scores:T, labels:Tind, weights:T? -> output:T, log_prob:T?",
           expand_cross_entropy),
      loss("NegativeLogLikelihoodLoss", "input:T, target:Tind, weight:T? -> loss:T",
           expand_likelihood),
  };
}

}  // namespace twingrad
