#include "parity/operator_facts.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include "autodiff/rule.h"
#include "autodiff/sweep.h"
#include "backends/backend.h"
#include "importers/onnx/upgrade/upgrade.h"
#include "ir/builder.h"
#include "ir/domains.h"
#include "ir/dump.h"
#include "ir/error.h"
#include "parity/named_data.h"
#include "parity/op_cases.h"

namespace twingrad {
namespace {

constexpr std::array<Convention, 5> kConventions = {Convention::kTorch, Convention::kTensorflow,
                                                    Convention::kJax, Convention::kOnnxruntime,
                                                    Convention::kSpec};

std::string joined(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::string types_text(TypeSet types) {
  static const std::vector<std::pair<TypeSet, const char*>> kNamed = {
      {kAllTypes, "any"},
      {kNumericTypes, "floats and integers"},
      {kFloatTypes, "floats"},
      {kIntegerTypes, "integers"}};
  for (const auto& [set, name] : kNamed) {
    if (types == set) return name;
  }
  std::vector<std::string> names;
  for (int number = 1; number < kDataTypeCount; ++number) {
    const auto type = static_cast<DataType>(number);
    if (types.contains(type)) names.emplace_back(data_type_name(type));
  }
  return joined(names, ", ");
}

std::string attribute_text(const AttributeDef& attribute) {
  std::ostringstream text;
  text << attribute.name << ": " << attribute_type_name(attribute.type);
  if (attribute.required) {
    text << " (required)";
  } else if (const auto* number = std::get_if<int64_t>(&attribute.fallback)) {
    text << " = " << *number;
  } else if (const auto* real = std::get_if<float>(&attribute.fallback)) {
    text << " = " << *real;
  } else if (const auto* name = std::get_if<std::string>(&attribute.fallback)) {
    text << " = " << (name->empty() ? "''" : *name);
  }
  return text.str();
}

bool has_row(const Backend& backend, const OpDef& op) {
  return std::ranges::any_of(backend.rows(), [&](const KernelRow& row) {
    return row.op == op.name && row.domain == op.domain;
  });
}

std::string runs_text(const OpDef& op) {
  const bool faster = has_row(openblas_backend(), op);
  if (has_row(reference_backend(), op)) return faster ? "kernel, openblas" : "kernel";
  if (op.op_class == OpClass::kView) return "view";
  if (op.op_class == OpClass::kControlFlow) return "control flow";
  return op.expand != nullptr ? "expansion" : "is replaced";
}

bool may_be_float(const OpDef& op, const Formal& formal) {
  if (formal.type.find('(') != std::string::npos || formal.type == "any") return true;
  const TypeConstraint* constraint = op.constraint(formal.type);
  if (constraint == nullptr) return formal.type == "float" || formal.type == "double";
  return constraint->elements.contains(DataType::kFloat) ||
         constraint->elements.contains(DataType::kDouble);
}

std::string gradient_text(const OpDef& op) {
  const DerivativeRow* row = find_derivative(op);
  std::vector<std::string> names;
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    if (may_be_float(op, op.inputs[i]) && is_differentiable(op, i)) {
      names.push_back(op.inputs[i].name);
    }
  }
  if (op.op_class == OpClass::kControlFlow && row != nullptr && row->joint != nullptr) {
    names.emplace_back("captured values");
  }
  const bool to_float = std::ranges::any_of(
      op.outputs, [&](const Formal& formal) { return may_be_float(op, formal); });
  if (names.empty() || !to_float) {
    if (row == nullptr) return "none";
    if (!row->straight_through.empty()) return "zero almost everywhere (straight through)";
    return row->zeros_in.empty() ? "none" : "zero almost everywhere";
  }
  const bool rounds = row != nullptr && !row->straight_through.empty();
  return joined(names, ", ") + (row == nullptr ? " (expansion)"
                                : rounds       ? " (straight through)"
                                               : "");
}

// The nodes of a case's gradient, and where none flows.
std::string gradient_graph_text(const OpCase& op_case, Convention convention) {
  Graph graph;
  Builder builder(graph);
  const EmittedCase emitted = emit_case(builder, op_case, draw_inputs(op_case, 7));
  std::vector<ValueId> wrt;
  for (const auto& [name, id] : emitted.moved) wrt.push_back(id);
  std::vector<Seed> seeds;
  for (const ValueId id : emitted.outputs) {
    if (has_gradient(builder.type(id))) seeds.push_back({id, builder.input("", builder.type(id))});
  }
  std::ostringstream text;
  for (const ValueId id : gradients(builder, seeds, wrt, {.convention = convention})) {
    text << id << " ";
  }
  dump(text, graph);
  return text.str();
}

// Conventions with equal texts in one group.
std::string conventions_text(const std::vector<OpCase>& cases) {
  std::map<Convention, std::string> texts;
  try {
    for (const OpCase& op_case : cases) {
      for (const Convention convention : kConventions) {
        texts[convention] += gradient_graph_text(op_case, convention);
      }
    }
  } catch (const Error&) {
    return "";
  }
  std::vector<std::pair<std::string, std::string>> groups;  // text, names
  for (const Convention convention : kConventions) {
    const std::string name(convention_name(convention));
    const auto same =
        std::ranges::find(groups, texts[convention], &std::pair<std::string, std::string>::first);
    if (same == groups.end()) {
      groups.emplace_back(texts[convention], name);
    } else {
      same->second += ", " + name;
    }
  }
  if (groups.size() == 1) return "";
  std::vector<std::string> names;
  names.reserve(groups.size());
  for (const auto& [text, list] : groups) names.push_back(list);
  return joined(names, " | ");
}

// Every case by its operator.
const std::map<std::string, std::vector<OpCase>>& cases_by_operator() {
  static const std::map<std::string, std::vector<OpCase>> cases = [] {
    std::map<std::string, std::vector<OpCase>> result;
    for (OpCase& op_case : all_op_cases()) {
      result[op_case.domain + "::" + op_case.op].push_back(std::move(op_case));
    }
    return result;
  }();
  return cases;
}

}  // namespace

OperatorFacts facts_of(const OpDef& op) {
  OperatorFacts facts;
  facts.op = &op;
  for (const TypeConstraint& constraint : op.types) {
    facts.types.push_back(std::string(constraint.name) + ": " + types_text(constraint.elements));
  }
  for (const AttributeDef& attribute : op.attributes) {
    if (attribute.name != "stream") facts.attributes.push_back(attribute_text(attribute));
  }
  const bool upgraded = op.domain.empty() || op.domain == kMlDomain;
  if (upgraded) facts.upgraded_below = upgraded_below(op.name);
  facts.runs = runs_text(op);
  facts.gradient = gradient_text(op);
  const auto cases = cases_by_operator().find(std::string(op.domain) + "::" + std::string(op.name));
  if (cases == cases_by_operator().end()) return facts;
  for (const OpCase& op_case : cases->second) facts.cases.push_back(op_case.label);
  facts.conventions = conventions_text(cases->second);
  return facts;
}

std::vector<OperatorFacts> operator_facts() {
  std::vector<OperatorFacts> all;
  for (const OpDef& op : all_ops()) {
    if (op.domain != kInternalDomain) all.push_back(facts_of(op));
  }
  std::ranges::sort(all, {}, [](const OperatorFacts& facts) {
    return std::pair(facts.op->domain, facts.op->name);
  });
  return all;
}

}  // namespace twingrad
