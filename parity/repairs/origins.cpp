#include "parity/repairs/origins.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "parity/repairs/torch_metadata.h"

namespace twingrad {
namespace {

constexpr size_t kAny = 99;

// Which argument of a call is which input of the node that was made from it; kAny: the only one
// that is a parameter.
struct CallRow {
  std::string_view call;  // the target starts so
  std::string_view op;
  size_t input;
  size_t argument;
  bool transposed = false;
};

constexpr std::array kCalls = {
    CallRow{"aten.linear.", "MatMul", 1, 1, true},
    CallRow{"aten.linear.", "Gemm", 1, 1},
    CallRow{"aten.linear.", "Gemm", 2, 2},
    CallRow{"aten.linear.", "Add", kAny, 2},
    CallRow{"aten.conv1d.", "Conv", 1, 1},
    CallRow{"aten.conv1d.", "Conv", 2, 2},
    CallRow{"aten.conv2d.", "Conv", 1, 1},
    CallRow{"aten.conv2d.", "Conv", 2, 2},
    CallRow{"aten.conv3d.", "Conv", 1, 1},
    CallRow{"aten.conv3d.", "Conv", 2, 2},
    CallRow{"aten.convolution.", "Conv", 1, 1},
    CallRow{"aten.convolution.", "Conv", 2, 2},
    CallRow{"aten.convolution.", "ConvTranspose", 1, 1},
    CallRow{"aten.convolution.", "ConvTranspose", 2, 2},
    CallRow{"aten.conv_transpose", "ConvTranspose", 1, 1},
    CallRow{"aten.conv_transpose", "ConvTranspose", 2, 2},
    CallRow{"aten.embedding.", "Gather", 0, 0},
    CallRow{"aten.layer_norm.", "LayerNormalization", 1, 2},
    CallRow{"aten.layer_norm.", "LayerNormalization", 2, 3},
    CallRow{"aten._native_batch_norm", "BatchNormalization", 1, 1},
    CallRow{"aten._native_batch_norm", "BatchNormalization", 2, 2},
    CallRow{"aten._native_batch_norm", "BatchNormalization", 3, 3},
    CallRow{"aten._native_batch_norm", "BatchNormalization", 4, 4},
    CallRow{"aten.batch_norm.", "BatchNormalization", 1, 1},
    CallRow{"aten.batch_norm.", "BatchNormalization", 2, 2},
    CallRow{"aten.batch_norm.", "BatchNormalization", 3, 3},
    CallRow{"aten.batch_norm.", "BatchNormalization", 4, 4},
    CallRow{"aten.add.", "Add", kAny, kAny},
    CallRow{"aten.sub.", "Sub", kAny, kAny},
    CallRow{"aten.mul.", "Mul", kAny, kAny},
    CallRow{"aten.div.", "Div", kAny, kAny},
};

struct RoleRow {
  std::string_view op;
  size_t input;
  std::string_view role;
};

constexpr std::array kRoles = {
    RoleRow{"Conv", 1, "weight"},
    RoleRow{"Conv", 2, "bias"},
    RoleRow{"ConvTranspose", 1, "weight"},
    RoleRow{"ConvTranspose", 2, "bias"},
    RoleRow{"Gemm", 1, "weight"},
    RoleRow{"Gemm", 2, "bias"},
    RoleRow{"MatMul", 1, "weight"},
    RoleRow{"BatchNormalization", 1, "weight"},
    RoleRow{"BatchNormalization", 2, "bias"},
    RoleRow{"BatchNormalization", 3, "running_mean"},
    RoleRow{"BatchNormalization", 4, "running_var"},
    RoleRow{"InstanceNormalization", 1, "weight"},
    RoleRow{"InstanceNormalization", 2, "bias"},
    RoleRow{"LayerNormalization", 1, "weight"},
    RoleRow{"LayerNormalization", 2, "bias"},
    RoleRow{"Gather", 0, "weight"},
};

// PyTorch keeps the weight of a Linear as [out, in]; a product reads [in, out].
bool reads_transposed(const Node& node, size_t input) {
  if (input != 1) return false;
  return is_operator(node, "MatMul") ||
         (is_operator(node, "Gemm") && !node.attributes.flag("transB"));
}

}  // namespace

std::string_view role_of_input(const Node& node, size_t input) {
  for (const RoleRow& row : kRoles) {
    if (row.input == input && is_operator(node, row.op)) return row.role;
  }
  return {};
}

bool differ_in_numbers_only(std::string_view a, std::string_view b) {
  const auto without_digits = [](std::string_view text) {
    std::string rest;
    bool digit = false;
    for (const char c : text) {
      const bool is_digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
      if (!is_digit || !digit) rest += is_digit ? '0' : c;
      digit = is_digit;
    }
    return rest;
  };
  return a != b && without_digits(a) == without_digits(b);
}

Origins::Origins(const Graph& graph) : graph_(graph) {
  for (TracedTensor& one : traced_tensors(graph)) {
    traced_.emplace(std::move(one.argument), std::move(one.name));
  }
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    if (!is_operator(graph.nodes()[i], "Add")) continue;
    for (const ValueId id : graph.nodes()[i].inputs) sums_.emplace(id, static_cast<NodeId>(i));
  }
}

std::optional<Origin> Origins::of(NodeId id, size_t input) const {
  const Node& node = graph_.node(id);
  if (auto origin = from_call(node, input)) return origin;
  return from_name(node, input);
}

std::optional<Origin> Origins::from_call(const Node& node, size_t input) const {
  const std::optional<TracedCall> call = traced_call(node);
  if (!call) return std::nullopt;
  for (const CallRow& row : kCalls) {
    if (!is_operator(node, row.op) || !call->target.starts_with(row.call)) continue;
    if (row.input != kAny && row.input != input) continue;
    const std::string name = argument_name(*call, row.argument);
    if (!name.empty()) return Origin{name, row.transposed, true};
  }
  return std::nullopt;
}

// The parameter that is an argument of the call; empty where it is none.
std::string Origins::argument_name(const TracedCall& call, size_t argument) const {
  std::string name;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if ((argument != kAny && argument != i) || !call.arguments[i].starts_with('%')) continue;
    const auto known = traced_.find(call.arguments[i].substr(1));
    if (known == traced_.end()) continue;
    if (!name.empty()) return {};
    name = known->second;
  }
  return name;
}

std::optional<Origin> Origins::from_name(const Node& node, size_t input) const {
  const std::string_view role = role_of_input(node, input);
  if (role.empty()) return std::nullopt;
  const bool transposed = reads_transposed(node, input);
  if (is_operator(node, "MatMul")) {
    const std::string bias = name_of_added_bias(node);
    if (!bias.empty()) return Origin{bias.substr(0, bias.size() - 4) + "weight", transposed};
  }
  const std::string path = module_path(node);
  if (path.empty()) return std::nullopt;
  return Origin{path + "." + std::string(role), transposed};
}

// "fc.bias", in a module that the product belongs to; else empty.
std::string Origins::name_of_added_bias(const Node& product) const {
  const auto sum = sums_.find(product.outputs[0]);
  if (sum == sums_.end()) return {};
  const std::string path = module_path(product);
  for (const ValueId id : graph_.node(sum->second).inputs) {
    if (parameter_behind(graph_, id) == kNoValue) continue;
    const std::string& name = graph_.value(id).name;
    const bool bias = name.ends_with(".bias") || name.ends_with("_bias");
    if (bias && !path.empty() && name.starts_with(path + ".")) return name;
  }
  return {};
}

}  // namespace twingrad
