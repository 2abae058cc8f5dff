#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<Expr> several(const OpCall& call, NodeSpec spec) {
  std::vector<Expr> results;
  for (const ValueId id : call.builder().emit(std::move(spec))) {
    results.emplace_back(call.builder(), id);
  }
  return results;
}

std::vector<Expr> top_k(const OpCall& call) {
  NodeSpec spec;
  spec.op = "TopK";
  spec.inputs = {call.ids()[0], reshape(call.as_int64(1), std::vector<int64_t>{1}).id()};
  spec.output_count = 2;
  const auto results = several(call, std::move(spec));
  return {results[0], cast(results[1], call.attributes.type("index_type", DataType::kInt32))};
}

std::vector<Expr> where_true(const OpCall& call) {
  return {transpose(call.input(0).apply("NonZero"), std::vector<int64_t>{1, 0})};
}

// Indices of the boxes that stay, the best first.
Expr kept_boxes(const OpCall& call) {
  const std::vector<int64_t> front = {0};
  const std::vector<int64_t> two = {0, 1};
  const Expr most = reshape(call.as_int64(2), std::vector<int64_t>{1});
  std::vector<ValueId> inputs = {unsqueeze(call.input(0), front).id(),
                                 unsqueeze(call.input(1), two).id(), most.id()};
  for (size_t i = 3; i < std::min<size_t>(call.input_count(), 5); ++i) {
    inputs.push_back(reshape(call.input(i), std::vector<int64_t>{1}).id());
  }
  const Expr chosen(call.builder(), call.builder().emit_one("NonMaxSuppression", inputs));
  const std::vector<int64_t> last = {1};
  return cast(squeeze(slice(chosen, 1, 2, 3), last), DataType::kInt32);
}

std::vector<Expr> non_max_suppression(const OpCall& call) {
  return {kept_boxes(call)};
}

// With as many zeros behind as there could have been boxes, if the attribute asks for it.
Expr filled_up(const OpCall& call, Expr x) {
  if (!call.attributes.flag("pad_to_max_output_size", false)) return x;
  const Expr most = reshape(call.as_int64(2), std::vector<int64_t>{1});
  const Expr missing = most - shape_of(x);
  return x.apply("Pad", {concat(std::vector<Expr>{x.integers({0}), missing}, 0)});
}

Expr number_of(Expr x) {
  return cast(x.apply("Size"), DataType::kInt32);
}

std::vector<Expr> counted_non_max_suppression(const OpCall& call) {
  const Expr kept = kept_boxes(call);
  return {filled_up(call, kept), number_of(kept)};
}

// Scores are lowered, not dropped, where a deviation is given.
std::vector<Expr> scored_non_max_suppression(const OpCall& call) {
  const Tensor* sigma = call.builder().known(call.input(5).id());
  if (sigma == nullptr || element_as_double(*sigma, 0) != 0) {
    fail_unsupported("a soft suppression is not supported");
  }
  const Expr kept = kept_boxes(call);
  return {filled_up(call, kept), filled_up(call, gather(call.input(1), kept, 0)), number_of(kept)};
}

std::vector<Expr> multinomial(const OpCall& call) {
  const DataType type = call.attributes.type("output_dtype", DataType::kInt64);
  const Expr drawn = call.input(0).apply(
      "Multinomial", {},
      {{"sample_size", call.integer(1)}, {"dtype", static_cast<int64_t>(DataType::kInt64)}});
  return {cast(drawn, type)};
}

// In the order in which the values come first.
std::vector<Expr> unique(const OpCall& call) {
  if (call.input_count() > 1 && call.input(0).rank() > 1) {
    fail_unsupported("unique slices are not supported, only elements");
  }
  NodeSpec spec;
  spec.op = "Unique";
  spec.inputs = {call.ids()[0]};
  spec.attributes.set("sorted", int64_t{0});
  spec.output_count = 3;
  spec.outputs = {std::string(), std::nullopt, std::string()};
  const auto ids = call.builder().emit(std::move(spec));
  const Expr inverse(call.builder(), ids[2]);
  return {{call.builder(), ids[0]},
          cast(inverse, call.attributes.type("out_idx", DataType::kInt32))};
}

// How many elements of each sorted row are below a value (or not above it).
std::vector<Expr> bound(const OpCall& call, const char* compare) {
  const std::vector<int64_t> before_last = {1};
  const std::vector<int64_t> last = {2};
  const Expr below =
      unsqueeze(call.input(0), before_last).apply(compare, {unsqueeze(call.input(1), last)});
  const DataType type = call.attributes.type("out_type", DataType::kInt32);
  return {reduce_sum(cast(below, type), last, false)};
}

const TfOpRow kSelectionRows[] = {
    {"Multinomial", {}, multinomial},
    {"LowerBound", {}, [](const OpCall& c) { return bound(c, "Less"); }},
    {"NonMaxSuppressionV2", {}, non_max_suppression},
    {"NonMaxSuppressionV3", {}, non_max_suppression},
    {"NonMaxSuppressionV4", {}, counted_non_max_suppression, "selected_indices,valid_outputs"},
    {"NonMaxSuppressionV5",
     {},
     scored_non_max_suppression,
     "selected_indices,selected_scores,valid_outputs"},
    {"TopKV2", {}, top_k, "values,indices"},
    {"Unique", {}, unique, "y,idx"},
    {"UniqueV2", {}, unique, "y,idx"},
    {"UpperBound", {}, [](const OpCall& c) { return bound(c, "LessOrEqual"); }},
    {"Where", {}, where_true},
};

}  // namespace

std::span<const TfOpRow> selection_op_rows() {
  return kSelectionRows;
}

}  // namespace twingrad
