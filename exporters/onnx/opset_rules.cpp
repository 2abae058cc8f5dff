#include "exporters/onnx/opset_rules.h"

#include <array>

namespace twingrad {
namespace {

constexpr TypeSet kBf16 = {DataType::kBfloat16};
constexpr TypeSet kHalfFloats = {DataType::kFloat16, DataType::kBfloat16};
constexpr TypeSet kInt16s = {DataType::kInt16, DataType::kUint16};
constexpr TypeSet kShortIntegers = kInt16s | TypeSet{DataType::kInt8, DataType::kUint8};

constexpr std::array kTypeRules = {
    TypeRule{"Acos", 22, kBf16},
    TypeRule{"Acosh", 22, kBf16},
    TypeRule{"Add", 14, kShortIntegers},
    TypeRule{"AffineGrid", 20},
    TypeRule{"Asin", 22, kBf16},
    TypeRule{"Asinh", 22, kBf16},
    TypeRule{"Atan", 22, kBf16},
    TypeRule{"Atanh", 22, kBf16},
    TypeRule{"Attention", 23},
    TypeRule{"AveragePool", 22, kBf16},
    TypeRule{"BatchNormalization", 14, kBf16},
    TypeRule{"Bernoulli", 15},
    TypeRule{"Bernoulli", 22, kBf16},
    TypeRule{"BitCast", 26},
    TypeRule{"BitShift", 28, kSignedTypes},
    TypeRule{"BitwiseAnd", 18},
    TypeRule{"BitwiseNot", 18},
    TypeRule{"BitwiseOr", 18},
    TypeRule{"BitwiseXor", 18},
    TypeRule{"BlackmanWindow", 17},
    TypeRule{"CastLike", 15},
    TypeRule{"CausalConvWithState", 27},
    TypeRule{"Celu", 28, kBf16 | TypeSet{DataType::kDouble, DataType::kFloat16}},
    TypeRule{"CenterCropPad", 18},
    TypeRule{"Col2Im", 18},
    TypeRule{"Compress", 28, kBf16},
    TypeRule{"ConstantOfShape", 20, kBf16},
    TypeRule{"Conv", 22, kBf16},
    TypeRule{"ConvTranspose", 22, kBf16},
    TypeRule{"Cos", 22, kBf16},
    TypeRule{"Cosh", 22, kBf16},
    TypeRule{"CumProd", 26},
    TypeRule{"CumSum", 14, kHalfFloats},
    TypeRule{"DFT", 17},
    TypeRule{"DeformConv", 19},
    TypeRule{"DeformConv", 22, kBf16},
    TypeRule{"DequantizeLinear", 21, kInt16s},
    TypeRule{"Det", 22, kBf16},
    TypeRule{"Div", 14, kShortIntegers},
    TypeRule{"Dropout", 22, kBf16 | kFloat8Types},
    TypeRule{"Einsum", 28, kBf16},
    TypeRule{"Elu", 22, kBf16},
    TypeRule{"Equal", 19, kStringType},
    TypeRule{"EyeLike", 22, kBf16},
    TypeRule{"GRU", 22, kBf16},
    TypeRule{"Gelu", 20},
    TypeRule{"GlobalAveragePool", 22, kBf16},
    TypeRule{"GlobalLpPool", 22, kBf16},
    TypeRule{"GlobalMaxPool", 22, kBf16},
    TypeRule{"GreaterOrEqual", 16, kBf16},
    TypeRule{"GridSample", 16},
    TypeRule{"GridSample", 22, kBf16},
    TypeRule{"GroupNormalization", 21},
    TypeRule{"HammingWindow", 17},
    TypeRule{"HannWindow", 17},
    TypeRule{"HardSigmoid", 22, kBf16},
    TypeRule{"HardSwish", 14},
    TypeRule{"HardSwish", 22, kBf16},
    TypeRule{"ImageDecoder", 20},
    TypeRule{"InstanceNormalization", 22, kBf16},
    TypeRule{"IsInf", 20, kHalfFloats},
    TypeRule{"LSTM", 22, kBf16},
    TypeRule{"LayerNormalization", 17},
    TypeRule{"LeakyRelu", 16, kBf16},
    TypeRule{"LessOrEqual", 16, kBf16},
    TypeRule{"LinearAttention", 27},
    TypeRule{"LpNormalization", 22, kBf16},
    TypeRule{"LpPool", 22, kBf16},
    TypeRule{"MaxPool", 22, kBf16},
    TypeRule{"MaxRoiPool", 22, kBf16},
    TypeRule{"MaxUnpool", 22, kBf16},
    TypeRule{"MelWeightMatrix", 17},
    TypeRule{"Mish", 18},
    TypeRule{"Mish", 22, kBf16},
    TypeRule{"Mul", 14, kShortIntegers},
    TypeRule{"Multinomial", 22, kBf16},
    TypeRule{"NegativeLogLikelihoodLoss", 22, kBf16},
    TypeRule{"OneHot", 28, kBf16},
    TypeRule{"Optional", 15},
    TypeRule{"OptionalGetElement", 15},
    TypeRule{"OptionalHasElement", 15},
    TypeRule{"PRelu", 16, kBf16},
    TypeRule{"Pow", 15, kBf16},
    TypeRule{"QLinearMatMul", 21, kHalfFloats},
    TypeRule{"QuantizeLinear", 19, kHalfFloats},
    TypeRule{"QuantizeLinear", 21, kInt16s},
    TypeRule{"RMSNormalization", 23},
    TypeRule{"RNN", 22, kBf16},
    TypeRule{"RandomNormal", 22, kBf16},
    TypeRule{"RandomNormalLike", 22, kBf16},
    TypeRule{"RandomUniform", 22, kBf16},
    TypeRule{"RandomUniformLike", 22, kBf16},
    TypeRule{"Range", 27, kBf16 | TypeSet{DataType::kFloat16}},
    TypeRule{"ReduceMax", 20, kBoolType},
    TypeRule{"ReduceMin", 20, kBoolType},
    TypeRule{"RegexFullMatch", 20},
    TypeRule{"Relu", 14, kSignedTypes},
    TypeRule{"ReverseSequence", 28, kBf16},
    TypeRule{"RoiAlign", 22, kBf16},
    TypeRule{"RotaryEmbedding", 23},
    TypeRule{"Round", 22, kBf16},
    TypeRule{"STFT", 17},
    TypeRule{"Scan", 16, kBf16},
    TypeRule{"Selu", 22, kBf16},
    TypeRule{"SequenceMap", 17},
    TypeRule{"Sin", 22, kBf16},
    TypeRule{"Sinh", 22, kBf16},
    TypeRule{"Softplus", 22, kBf16},
    TypeRule{"Softsign", 22, kBf16},
    TypeRule{"SplitToSequence", 24, kBf16},
    TypeRule{"StringConcat", 20},
    TypeRule{"StringSplit", 20},
    TypeRule{"Sub", 14, kShortIntegers},
    TypeRule{"SwiGLU", 28},
    TypeRule{"Swish", 24},
    TypeRule{"Tan", 22, kBf16},
    TypeRule{"TensorScatter", 24},
    TypeRule{"ThresholdedRelu", 22, kBf16},
    TypeRule{"TopK", 24, kBf16},
    TypeRule{"Trilu", 14},
    TypeRule{"Unique", 28, kBf16},
    TypeRule{"Where", 16, kBf16},
};

constexpr std::array kAttributeRules = {
    AttributeRule{"Attention", "left_window_size", 25},
    AttributeRule{"Attention", "right_window_size", 25},
    // Before, shape inference counts a last window that starts in the padding.
    AttributeRule{"AveragePool", "ceil_mode", 22},
    AttributeRule{"AveragePool", "dilations", 19},
    AttributeRule{"BatchNormalization", "training_mode", 14},
    AttributeRule{"Cast", "round_mode", 24},
    AttributeRule{"Cast", "saturate", 19},
    AttributeRule{"CastLike", "round_mode", 24},
    AttributeRule{"CastLike", "saturate", 19},
    AttributeRule{"DequantizeLinear", "block_size", 21},
    AttributeRule{"DequantizeLinear", "output_dtype", 23},
    AttributeRule{"GRU", "layout", 14},
    AttributeRule{"LSTM", "layout", 14},
    AttributeRule{"LpPool", "ceil_mode", 22},
    AttributeRule{"LpPool", "dilations", 18},
    AttributeRule{"MaxPool", "ceil_mode", 22},
    AttributeRule{"QuantizeLinear", "block_size", 21},
    AttributeRule{"QuantizeLinear", "output_dtype", 21},
    AttributeRule{"QuantizeLinear", "precision", 23},
    AttributeRule{"QuantizeLinear", "saturate", 19},
    AttributeRule{"RNN", "layout", 14},
    AttributeRule{"Range", "stash_type", 27},
    AttributeRule{"ReduceL1", "noop_with_empty_axes", 18},
    AttributeRule{"ReduceL2", "noop_with_empty_axes", 18},
    AttributeRule{"ReduceLogSum", "noop_with_empty_axes", 18},
    AttributeRule{"ReduceLogSumExp", "noop_with_empty_axes", 18},
    AttributeRule{"ReduceMax", "noop_with_empty_axes", 18},
    AttributeRule{"ReduceMean", "noop_with_empty_axes", 18},
    AttributeRule{"ReduceMin", "noop_with_empty_axes", 18},
    AttributeRule{"ReduceProd", "noop_with_empty_axes", 18},
    AttributeRule{"ReduceSumSquare", "noop_with_empty_axes", 18},
    AttributeRule{"Resize", "antialias", 18},
    AttributeRule{"Resize", "axes", 18},
    AttributeRule{"Resize", "keep_aspect_ratio_policy", 18},
    AttributeRule{"ScatterElements", "reduction", 16},
    AttributeRule{"ScatterND", "reduction", 16},
    AttributeRule{"Shape", "end", 15},
    AttributeRule{"Shape", "start", 15},
    AttributeRule{"SpaceToDepth", "mode", 28},
};

constexpr std::array kWordRules = {
    WordRule{"Pad", "mode", "wrap", 19},
    WordRule{"Resize", "coordinate_transformation_mode", "half_pixel_symmetric", 19},
    WordRule{"ScatterElements", "reduction", "max", 18},
    WordRule{"ScatterElements", "reduction", "min", 18},
    WordRule{"ScatterND", "reduction", "max", 18},
    WordRule{"ScatterND", "reduction", "min", 18},
    WordRule{"RoiAlign", "coordinate_transformation_mode", "half_pixel", 16},
};

constexpr std::array kInputRules = {
    InputRule{"Attention", 6, 24},
    InputRule{"Pad", 3, 18},
};

// float8 came as four types; scales followed.
constexpr TypeSet kFirstFloat8Types = {DataType::kFloat8E4M3FN, DataType::kFloat8E4M3FNUZ,
                                       DataType::kFloat8E5M2, DataType::kFloat8E5M2FNUZ};
constexpr std::array kElementRules = {
    ElementRule{kFirstFloat8Types, 19},
    ElementRule{{DataType::kInt4, DataType::kUint4}, 21},
    ElementRule{{DataType::kFloat4E2M1}, 23},
    ElementRule{{DataType::kFloat8E8M0}, 24},
    ElementRule{{DataType::kInt2, DataType::kUint2}, 25},
    ElementRule{kFloat6Types, 28},
};

}  // namespace

std::span<const TypeRule> type_rules() {
  return kTypeRules;
}

std::span<const AttributeRule> attribute_rules() {
  return kAttributeRules;
}

std::span<const WordRule> word_rules() {
  return kWordRules;
}

std::span<const InputRule> input_rules() {
  return kInputRules;
}

std::span<const ElementRule> element_rules() {
  return kElementRules;
}

}  // namespace twingrad
