#include <algorithm>
#include <array>
#include <numeric>

#include "backends/static/passes/rewrite.h"
#include "backends/static/passes/tables.h"
#include "ir/expression.h"
#include "ir/infer.h"

namespace twingrad {
namespace {

// A node that is about to be taken over, with the values that stand for its inputs.
struct Candidate {
  Rewrite& rewrite;
  const PassContext& context;
  const Node& node;
  std::vector<ValueId> inputs;

  bool is(std::string_view name) const { return node.op->domain.empty() && node.op->name == name; }
  const Type& type(ValueId id) const { return rewrite.graph.value(id).type; }
  const Type& output_type() const { return rewrite.source.value(node.outputs[0]).type; }
  // The node behind an input if it is of this operator.
  const Node* producer(size_t i, std::string_view name) const {
    if (i >= inputs.size() || inputs[i] == kNoValue) return nullptr;
    const NodeId id = rewrite.graph.value(inputs[i]).producer;
    if (id == kNoNode) return nullptr;
    const Node& found = rewrite.graph.node(id);
    return found.op != nullptr && found.op->domain.empty() && found.op->name == name ? &found
                                                                                     : nullptr;
  }
};

// A rule gives the value that can stand for the node's only output, or kNoValue.
using Rule = ValueId (*)(Candidate&);

ValueId drop_idle_view(Candidate& c) {
  if (c.is("Identity")) return c.inputs[0];
  if (c.node.op->op_class != OpClass::kView || !c.output_type().is_static()) return kNoValue;
  return c.type(c.inputs[0]) == c.output_type() ? c.inputs[0] : kNoValue;
}

ValueId join_views(Candidate& c) {
  if (c.node.op->op_class != OpClass::kView || !c.output_type().is_static()) return kNoValue;
  const NodeId id = c.rewrite.graph.value(c.inputs[0]).producer;
  const OpDef* inner = id == kNoNode ? nullptr : c.rewrite.graph.node(id).op;
  if (inner == nullptr || inner->op_class != OpClass::kView) return kNoValue;
  const ValueId whole = c.rewrite.graph.node(id).inputs[0];
  if (!c.type(whole).is_static()) return kNoValue;
  const Shape shape = c.output_type().shape->shape();
  if (c.type(whole).shape->shape() == shape) return whole;
  return reshape(Expr(c.rewrite.builder, whole), shape).id();
}

// Whether every element of a known tensor is `value` (and for 0 has its sign).
bool is_filled_with(const Tensor* tensor, double value) {
  constexpr int64_t kMostLookedAt = 4096;
  if (tensor == nullptr || tensor->element_count() > kMostLookedAt ||
      tensor->type() == DataType::kString || is_complex(tensor->type())) {
    return false;
  }
  for (int64_t i = 0; i < tensor->element_count(); ++i) {
    const double element = element_as_double(*tensor, i);
    if (element != value || std::signbit(element) != std::signbit(value)) return false;
  }
  return true;
}

// x * 1, x / 1, x + 0, x - 0 where they are exact: for floats x + 0 is not, -0 + 0 being 0.
ValueId drop_neutral_operand(Candidate& c) {
  if (!c.is("Mul") && !c.is("Div") && !c.is("Add") && !c.is("Sub")) return kNoValue;
  const bool scales = c.is("Mul") || c.is("Div");
  const bool commutes = c.is("Mul") || c.is("Add");
  const bool negative_zero = c.is("Add") && is_floating_point(c.output_type().element);
  const double neutral = scales ? 1.0 : (negative_zero ? -0.0 : 0.0);
  for (const size_t kept : {size_t{0}, size_t{1}}) {
    if (kept == 1 && !commutes) break;
    const ValueId id = c.inputs[kept];
    if (!c.output_type().is_static() || c.type(id) != c.output_type()) continue;
    if (is_filled_with(fixed_value(c.rewrite.graph, c.inputs[1 - kept]), neutral)) return id;
  }
  return kNoValue;
}

ValueId drop_double_negation(Candidate& c) {
  const Node* inner = c.is("Neg") ? c.producer(0, "Neg") : nullptr;
  return inner == nullptr ? kNoValue : inner->inputs[0];
}

ValueId drop_idle_cast(Candidate& c) {
  const bool idle = c.is("Cast") && c.type(c.inputs[0]).element == c.output_type().element;
  return idle ? c.inputs[0] : kNoValue;
}

ValueId drop_lone_operand(Candidate& c) {
  const bool joins = c.is("Concat") || c.is("Sum") || c.is("Max") || c.is("Min") || c.is("Mean");
  return joins && c.inputs.size() == 1 ? c.inputs[0] : kNoValue;
}

std::vector<int64_t> permutation_of(const Node& node, int64_t rank) {
  std::vector<int64_t> reversed(static_cast<size_t>(rank));
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  return node.attributes.integers_or("perm", std::move(reversed));
}

ValueId join_transposes(Candidate& c) {
  if (!c.is("Transpose") || !c.output_type().shape) return kNoValue;
  const int64_t rank = c.output_type().shape->rank();
  std::vector<int64_t> permutation = permutation_of(c.node, rank);
  const Node* inner = c.producer(0, "Transpose");
  ValueId from = c.inputs[0];
  if (inner != nullptr) {
    const std::vector<int64_t> first = permutation_of(*inner, rank);
    for (int64_t& axis : permutation) axis = first[static_cast<size_t>(axis)];
    from = inner->inputs[0];
  }
  if (std::ranges::is_sorted(permutation)) return from;
  if (inner == nullptr) return kNoValue;
  return transpose(Expr(c.rewrite.builder, from), permutation).id();
}

// A transposition in which only extents of 1 change places is a view.
ValueId make_transpose_a_view(Candidate& c) {
  if (!c.is("Transpose") || !c.output_type().is_static()) return kNoValue;
  const Shape shape = c.output_type().shape->shape();
  std::vector<int64_t> moved;
  for (int64_t axis = 0; const int64_t from : permutation_of(c.node, shape.rank())) {
    if (shape[axis++] != 1) moved.push_back(from);
  }
  if (!std::ranges::is_sorted(moved)) return kNoValue;
  return reshape(Expr(c.rewrite.builder, c.inputs[0]), shape).id();
}

// Operators that broadcast need no expanded inputs, as long as their output stays as large.
ValueId drop_expansions(Candidate& c) {
  const KernelRow* row = c.context.backend.find(c.rewrite.source, c.node);
  if (c.node.op->op_class != OpClass::kElementwise || row == nullptr || row->elements == nullptr ||
      c.node.op->infer == infer_same_as_first || !c.output_type().is_static()) {
    return kNoValue;
  }
  bool changed = false;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    const Node* expansion = c.producer(i, "Expand");
    if (expansion == nullptr || !c.type(expansion->inputs[0]).is_static()) continue;
    Shape shape = c.type(expansion->inputs[0]).shape->shape();
    for (size_t k = 0; k < c.inputs.size(); ++k) {
      if (k == i) continue;
      if (!c.type(c.inputs[k]).is_static()) return kNoValue;
      shape = broadcast(shape, c.type(c.inputs[k]).shape->shape());
    }
    if (shape != c.output_type().shape->shape()) continue;
    c.inputs[i] = expansion->inputs[0];
    changed = true;
  }
  if (!changed) return kNoValue;
  NodeSpec spec = spec_of(c.rewrite.source, c.node, c.rewrite.map);
  spec.inputs = c.inputs;
  return c.rewrite.builder.emit(std::move(spec))[0];
}

bool is_matrix(const Type& type) {
  return type.shape.has_value() && type.shape->rank() == 2;
}

// Products of transposed float matrices, by the flags of Gemm. Only for float: its kernels sum in
// an order that the storage of the operands has no part in; OpenBLAS's double ones need not.
ValueId multiply_transposed(Candidate& c) {
  const bool gemm = c.is("Gemm");
  if ((!gemm && !c.is("MatMul")) || c.output_type().element != DataType::kFloat ||
      !is_matrix(c.type(c.inputs[0])) || !is_matrix(c.type(c.inputs[1]))) {
    return kNoValue;
  }
  NodeSpec spec = spec_of(c.rewrite.source, c.node, c.rewrite.map);
  spec.op = "Gemm";
  bool changed = false;
  for (const size_t i : {size_t{0}, size_t{1}}) {
    const Node* turned = c.producer(i, "Transpose");
    if (turned == nullptr || permutation_of(*turned, 2)[0] != 1) continue;
    const char* name = i == 0 ? "transA" : "transB";
    const bool before = gemm && c.node.attributes.flag(name);
    spec.attributes.set(name, static_cast<int64_t>(!before));
    spec.inputs[i] = turned->inputs[0];
    changed = true;
  }
  return changed ? c.rewrite.builder.emit(std::move(spec))[0] : kNoValue;
}

constexpr std::array kRules = {
    Rule{drop_idle_view},       Rule{join_views},
    Rule{drop_neutral_operand}, Rule{drop_double_negation},
    Rule{drop_idle_cast},       Rule{drop_lone_operand},
    Rule{join_transposes},      Rule{make_transpose_a_view},
    Rule{drop_expansions},      Rule{multiply_transposed},
};

ValueId simplified(Rewrite& rewrite, const PassContext& context, const Node& node) {
  if (node.op == nullptr || node.outputs.size() != 1) return kNoValue;
  Candidate candidate{rewrite, context, node, mapped(node.inputs, rewrite.map)};
  for (const Rule rule : kRules) {
    const ValueId found = rule(candidate);
    if (found != kNoValue) return found;
  }
  return kNoValue;
}

}  // namespace

Graph simplify(const Graph& graph, const PassContext& context) {
  Rewrite rewrite(graph);
  for (const Node& node : graph.nodes()) {
    const auto first_new = static_cast<ValueId>(rewrite.graph.values().size());
    const ValueId found = simplified(rewrite, context, node);
    if (found == kNoValue) {
      rewrite.keep(node);
    } else {
      rewrite.replace(node.outputs[0], found, first_new);
    }
  }
  return rewrite.finish();
}

}  // namespace twingrad
