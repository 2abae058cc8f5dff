#include "exporters/onnx/required_opset.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "exporters/onnx/attribute_writer.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

constexpr TypeSet kBf16 = {DataType::kBfloat16};

// An operator whose use with one of these element types takes this opset; no types: any use.
struct TypeRule {
  std::string_view op;
  int64_t opset;
  TypeSet elements = {};
};

constexpr std::array kTypeRules = {
    TypeRule{"Acos", 22, kBf16},
    TypeRule{"Acosh", 22, kBf16},
    TypeRule{"Asin", 22, kBf16},
    TypeRule{"Asinh", 22, kBf16},
    TypeRule{"Atan", 22, kBf16},
    TypeRule{"Atanh", 22, kBf16},
    TypeRule{"Attention", 23},
    TypeRule{"AveragePool", 22, kBf16},
    TypeRule{"Bernoulli", 22, kBf16},
    TypeRule{"BitCast", 26},
    TypeRule{"BitShift", 28, kSignedTypes},
    TypeRule{"CausalConvWithState", 27},
    TypeRule{"Celu", 28, kBf16 | TypeSet{DataType::kDouble, DataType::kFloat16}},
    TypeRule{"Compress", 28, kBf16},
    TypeRule{"Conv", 22, kBf16},
    TypeRule{"ConvTranspose", 22, kBf16},
    TypeRule{"Cos", 22, kBf16},
    TypeRule{"Cosh", 22, kBf16},
    TypeRule{"CumProd", 26},
    TypeRule{"DeformConv", 22, kBf16},
    TypeRule{"Det", 22, kBf16},
    TypeRule{"Dropout", 22, kBf16 | kFloat8Types},
    TypeRule{"Einsum", 28, kBf16},
    TypeRule{"Elu", 22, kBf16},
    TypeRule{"EyeLike", 22, kBf16},
    TypeRule{"GRU", 22, kBf16},
    TypeRule{"GlobalAveragePool", 22, kBf16},
    TypeRule{"GlobalLpPool", 22, kBf16},
    TypeRule{"GlobalMaxPool", 22, kBf16},
    TypeRule{"GridSample", 22, kBf16},
    TypeRule{"HardSigmoid", 22, kBf16},
    TypeRule{"HardSwish", 22, kBf16},
    TypeRule{"InstanceNormalization", 22, kBf16},
    TypeRule{"LSTM", 22, kBf16},
    TypeRule{"LinearAttention", 27},
    TypeRule{"LpNormalization", 22, kBf16},
    TypeRule{"LpPool", 22, kBf16},
    TypeRule{"MaxPool", 22, kBf16},
    TypeRule{"MaxRoiPool", 22, kBf16},
    TypeRule{"MaxUnpool", 22, kBf16},
    TypeRule{"Mish", 22, kBf16},
    TypeRule{"Multinomial", 22, kBf16},
    TypeRule{"NegativeLogLikelihoodLoss", 22, kBf16},
    TypeRule{"OneHot", 28, kBf16},
    TypeRule{"RMSNormalization", 23},
    TypeRule{"RNN", 22, kBf16},
    TypeRule{"RandomNormal", 22, kBf16},
    TypeRule{"RandomNormalLike", 22, kBf16},
    TypeRule{"RandomUniform", 22, kBf16},
    TypeRule{"RandomUniformLike", 22, kBf16},
    TypeRule{"Range", 27, kBf16 | TypeSet{DataType::kFloat16}},
    TypeRule{"ReverseSequence", 28, kBf16},
    TypeRule{"RoiAlign", 22, kBf16},
    TypeRule{"RotaryEmbedding", 23},
    TypeRule{"Round", 22, kBf16},
    TypeRule{"Selu", 22, kBf16},
    TypeRule{"Sin", 22, kBf16},
    TypeRule{"Sinh", 22, kBf16},
    TypeRule{"Softplus", 22, kBf16},
    TypeRule{"Softsign", 22, kBf16},
    TypeRule{"SplitToSequence", 24, kBf16},
    TypeRule{"SwiGLU", 28},
    TypeRule{"Swish", 24},
    TypeRule{"Tan", 22, kBf16},
    TypeRule{"TensorScatter", 24},
    TypeRule{"ThresholdedRelu", 22, kBf16},
    TypeRule{"TopK", 24, kBf16},
    TypeRule{"Unique", 28, kBf16},
};

// An attribute with another value than its default.
struct AttributeRule {
  std::string_view op;
  std::string_view attribute;
  int64_t opset;
};

constexpr std::array kAttributeRules = {
    AttributeRule{"Attention", "left_window_size", 25},
    AttributeRule{"Attention", "right_window_size", 25},
    // Before, shape inference counts a last window that starts in the padding.
    AttributeRule{"AveragePool", "ceil_mode", 22},
    AttributeRule{"Cast", "round_mode", 24},
    AttributeRule{"CastLike", "round_mode", 24},
    AttributeRule{"DequantizeLinear", "output_dtype", 23},
    AttributeRule{"LpPool", "ceil_mode", 22},
    AttributeRule{"MaxPool", "ceil_mode", 22},
    AttributeRule{"QuantizeLinear", "precision", 23},
    AttributeRule{"Range", "stash_type", 27},
    AttributeRule{"SpaceToDepth", "mode", 28},
};

// Whatever is done with them: types that all of the operators took up together.
struct ElementRule {
  TypeSet elements;
  int64_t opset;
};
constexpr std::array kElementRules = {
    ElementRule{{DataType::kFloat4E2M1}, 23},
    ElementRule{{DataType::kFloat8E8M0}, 24},
    ElementRule{{DataType::kInt2, DataType::kUint2}, 25},
    ElementRule{kFloat6Types, 28},
};

bool overlap(TypeSet a, TypeSet b) {
  for (int i = 1; i < kDataTypeCount; ++i) {
    const auto type = static_cast<DataType>(i);
    if (a.contains(type) && b.contains(type)) return true;
  }
  return false;
}

TypeSet elements_of(const Type& type) {
  TypeSet set;
  if (type.element != DataType::kUndefined) set = TypeSet{type.element};
  return type.item ? set | elements_of(*type.item) : set;
}

class OpsetSearch {
 public:
  RequiredOpset search(const Model& model) {
    note_types(model.graph);
    for (const ElementRule& rule : kElementRules) {
      if (overlap(rule.elements, all_)) require(rule.opset, "an element type of the model");
    }
    visit(model.graph);
    for (const auto& function : model.functions) visit(function->body);
    return std::move(found_);
  }

 private:
  void note_types(const Graph& graph) {
    for (const Value& value : graph.values()) all_ = all_ | elements_of(value.type);
    for (const Node& node : graph.nodes()) {
      for (const auto& nested : nested_graphs(node.attributes)) note_types(*nested);
    }
  }

  void visit(const Graph& graph) {
    for (const Node& node : graph.nodes()) {
      if (node.op != nullptr && node.op->domain.empty()) visit(graph, node);
      for (const auto& nested : nested_graphs(node.attributes)) visit(*nested);
    }
  }

  void visit(const Graph& graph, const Node& node) {
    const std::string_view op = node.op->name;
    TypeSet used;
    for (const auto& ids : {node.inputs, node.outputs}) {
      for (const ValueId id : ids) {
        if (id == kNoValue) continue;
        const Type& type = graph.value(id).type;
        used = used | (type.is_unknown() ? all_ : elements_of(type));
      }
    }
    for (const TypeRule& rule : kTypeRules) {
      if (rule.op != op) continue;
      if (rule.elements.empty() || overlap(rule.elements, used)) require(rule.opset, label(node));
    }
    for (const AttributeRule& rule : kAttributeRules) {
      if (rule.op != op) continue;
      const AttributeDef* def = node.op->attribute(rule.attribute);
      const AttributeValue* value = node.attributes.find(rule.attribute);
      if (def == nullptr || value == nullptr || same_value(*value, def->fallback)) continue;
      require(rule.opset, label(node));
    }
    // Floor division of floating-point numbers.
    if (op == "Mod" && overlap(kFloatTypes, used) && !node.attributes.flag("fmod")) {
      require(28, label(node));
    }
    // x and its scale of different types.
    if (op == "QuantizeLinear" &&
        !(graph.value(node.inputs[0]).type.element == graph.value(node.inputs[1]).type.element)) {
      require(23, label(node));
    }
    constexpr size_t kAttentionInputs = 6;  // of opset 23
    if (op == "Attention" && node.inputs.size() > kAttentionInputs) require(24, label(node));
  }

  static std::string label(const Node& node) {
    return "node " + quoted_name(node.name) + " (" + std::string(node.op->name) + ")";
  }

  void require(int64_t opset, const std::string& reason) {
    if (opset > found_.version) found_ = {opset, reason};
  }

  TypeSet all_;  // of all values: what those of unknown type, in functions, may have
  RequiredOpset found_;
};

}  // namespace

RequiredOpset required_opset(const Model& model) {
  return OpsetSearch().search(model);
}

int64_t ir_version_of(int64_t opset) {
  if (opset <= 22) return 10;
  if (opset == 23) return 11;
  if (opset == 24) return 12;
  return opset <= 27 ? 13 : 14;
}

}  // namespace twingrad
