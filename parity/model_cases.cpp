#include "parity/model_cases.h"

#include "ir/builder.h"

namespace twingrad {
namespace {

// Adds nodes that have a parameter of their own; names of nodes and parameters are those of torch.
class Layers {
 public:
  explicit Layers(Graph& graph) : builder_(graph) {}

  ValueId input(const std::string& name, const Shape& shape) {
    return builder_.input(name, Type::tensor(DataType::kFloat, shape));
  }
  ValueId op(const std::string& name, const std::string& type, const std::vector<ValueId>& inputs,
             const Attributes& attributes = {}) {
    NodeSpec spec;
    spec.op = type;
    spec.name = name;
    spec.inputs = inputs;
    spec.attributes = attributes;
    const ValueId first = builder_.emit(spec).front();
    builder_.graph().rename(first, name + ".out");
    return first;
  }
  // Normal numbers of this deviation around a middle.
  ValueId parameter(const std::string& name, const Shape& shape, double deviation,
                    double middle = 0) {
    Tensor tensor = drawn_tensor(DataType::kFloat, shape, 5, stream_of(name));
    for (float& value : tensor.values<float>()) {
      value = static_cast<float>(middle + deviation * static_cast<double>(value));
    }
    return builder_.initializer(name, tensor);
  }
  ValueId integers(const std::vector<int64_t>& values) {
    Tensor tensor(DataType::kInt64, Shape{static_cast<int64_t>(values.size())});
    std::ranges::copy(values, tensor.values<int64_t>().begin());
    return builder_.constant(tensor);
  }

 private:
  Builder builder_;
};

// Ready to be asked: inputs drawn, cotangents for the outputs, gradients of all inputs and
// parameters.
ParityCase finished(ParityCase item, ValueId output, const Shape& output_shape) {
  item.conventions = "spec";
  item.graph.rename(output, "y");
  item.graph.set_outputs({output});
  item.question.inputs = model_inputs(item.graph, {});
  item.question.outputs = {"y"};
  item.question.gradients = differentiable_names(item.graph);
  item.question.cotangents["y"] = drawn_tensor(DataType::kFloat, output_shape, 6, stream_of("y"));
  return item;
}

class ResNet {
 public:
  explicit ResNet(Graph& graph) : layers_(graph) {}

  ValueId build() {
    ValueId x = layers_.input("x", Shape{2, 3, 64, 64});
    x = convolution("conv1", x, 3, 4, 7, 2);
    x = layers_.op("relu", "Relu", {normalization("bn1", x, 4)});
    x = layers_.op("maxpool", "MaxPool", {x},
                   {{"kernel_shape", std::vector<int64_t>{3, 3}},
                    {"strides", std::vector<int64_t>{2, 2}},
                    {"pads", std::vector<int64_t>{1, 1, 1, 1}}});
    int64_t channels = 4;
    for (int64_t stage = 1; stage <= 4; ++stage) {
      const int64_t wider = stage == 1 ? 4 : 2 * channels;
      const std::string name = "layer" + std::to_string(stage);
      x = block(name + ".0", x, channels, wider, stage == 1 ? 1 : 2);
      x = block(name + ".1", x, wider, wider, 1);
      channels = wider;
    }
    x = layers_.op("avgpool", "GlobalAveragePool", {x});
    x = layers_.op("flatten", "Flatten", {x});
    return layers_.op("fc", "Gemm",
                      {x, layers_.parameter("fc.weight", Shape{10, channels}, 0.2),
                       layers_.parameter("fc.bias", Shape{10}, 0.1)},
                      {{"transB", int64_t{1}}});
  }

 private:
  ValueId convolution(const std::string& name, ValueId x, int64_t from, int64_t to, int64_t kernel,
                      int64_t stride) {
    const double deviation = 1 / std::sqrt(static_cast<double>(from * kernel * kernel));
    const int64_t pad = kernel / 2;
    return layers_.op(
        name, "Conv",
        {x, layers_.parameter(name + ".weight", Shape{to, from, kernel, kernel}, deviation)},
        {{"kernel_shape", std::vector<int64_t>{kernel, kernel}},
         {"strides", std::vector<int64_t>{stride, stride}},
         {"pads", std::vector<int64_t>{pad, pad, pad, pad}}});
  }
  ValueId normalization(const std::string& name, ValueId x, int64_t channels) {
    const Shape shape{channels};
    return layers_.op(name, "BatchNormalization",
                      {x, layers_.parameter(name + ".weight", shape, 0.1, 1),
                       layers_.parameter(name + ".bias", shape, 0.1),
                       layers_.parameter(name + ".running_mean", shape, 0.1),
                       layers_.parameter(name + ".running_var", shape, 0.01, 1)},
                      {{"training_mode", int64_t{1}}});
  }
  ValueId block(const std::string& name, ValueId x, int64_t from, int64_t to, int64_t stride) {
    ValueId y = convolution(name + ".conv1", x, from, to, 3, stride);
    y = layers_.op(name + ".relu1", "Relu", {normalization(name + ".bn1", y, to)});
    y = normalization(name + ".bn2", convolution(name + ".conv2", y, to, to, 3, 1), to);
    if (from != to) {
      x = normalization(name + ".downsample.1",
                        convolution(name + ".downsample.0", x, from, to, 1, stride), to);
    }
    return layers_.op(name + ".relu2", "Relu", {layers_.op(name + ".add", "Add", {y, x})});
  }

  Layers layers_;
};

constexpr int64_t kBatch = 2;
constexpr int64_t kTokens = 6;
constexpr int64_t kWidth = 16;
constexpr int64_t kHeads = 2;

class Transformer {
 public:
  explicit Transformer(Graph& graph) : layers_(graph) {}

  ValueId build() {
    ValueId x = layers_.input("x", Shape{kBatch, kTokens, kWidth});
    for (const std::string name : {"layers.0", "layers.1"}) {
      x = layers_.op(name + ".add1", "Add",
                     {x, attention(name, normalization(name + ".norm1", x))});
      x = layers_.op(name + ".add2", "Add",
                     {x, feed_forward(name, normalization(name + ".norm2", x))});
    }
    x = layers_.op("pool", "ReduceMean", {normalization("norm", x), layers_.integers({1})},
                   {{"keepdims", int64_t{0}}});
    return linear("head", x, kWidth, 4);
  }

 private:
  ValueId linear(const std::string& name, ValueId x, int64_t from, int64_t to) {
    const double deviation = 1 / std::sqrt(static_cast<double>(from));
    const ValueId product =
        layers_.op(name + ".matmul", "MatMul",
                   {x, layers_.parameter(name + ".weight", Shape{from, to}, deviation)});
    return layers_.op(name + ".add", "Add",
                      {product, layers_.parameter(name + ".bias", Shape{to}, 0.1)});
  }
  ValueId normalization(const std::string& name, ValueId x) {
    return layers_.op(name, "LayerNormalization",
                      {x, layers_.parameter(name + ".weight", Shape{kWidth}, 0.1, 1),
                       layers_.parameter(name + ".bias", Shape{kWidth}, 0.1)});
  }
  // (batch, tokens, width) as (batch, heads, tokens, width of a head).
  ValueId heads(const std::string& name, ValueId x, const std::vector<int64_t>& order) {
    const ValueId split =
        layers_.op(name + ".split", "Reshape",
                   {x, layers_.integers({kBatch, kTokens, kHeads, kWidth / kHeads})});
    return layers_.op(name + ".transpose", "Transpose", {split}, {{"perm", order}});
  }
  ValueId attention(const std::string& layer, ValueId x) {
    const std::string name = layer + ".attention";
    const ValueId q = heads(name + ".q", linear(name + ".q", x, kWidth, kWidth), {0, 2, 1, 3});
    const ValueId k = heads(name + ".k", linear(name + ".k", x, kWidth, kWidth), {0, 2, 3, 1});
    const ValueId v = heads(name + ".v", linear(name + ".v", x, kWidth, kWidth), {0, 2, 1, 3});
    ValueId scores = layers_.op(name + ".scores", "MatMul", {q, k});
    scores = layers_.op(name + ".scale", "Div",
                        {scores, layers_.parameter(name + ".root", Shape{}, 0, std::sqrt(8.0))});
    const ValueId weights = layers_.op(name + ".softmax", "Softmax", {scores});
    ValueId y = layers_.op(name + ".mix", "MatMul", {weights, v});
    y = layers_.op(name + ".back", "Transpose", {y}, {{"perm", std::vector<int64_t>{0, 2, 1, 3}}});
    y = layers_.op(name + ".merge", "Reshape", {y, layers_.integers({kBatch, kTokens, kWidth})});
    return linear(name + ".out", y, kWidth, kWidth);
  }
  ValueId feed_forward(const std::string& layer, ValueId x) {
    const ValueId wide = linear(layer + ".linear1", x, kWidth, 2 * kWidth);
    return linear(layer + ".linear2", layers_.op(layer + ".gelu", "Gelu", {wide}), 2 * kWidth,
                  kWidth);
  }

  Layers layers_;
};

}  // namespace

ParityCase resnet18_case() {
  ParityCase item;
  item.name = "resnet18";
  const ValueId y = ResNet(item.graph).build();
  return finished(std::move(item), y, Shape{2, 10});
}

ParityCase transformer_case() {
  ParityCase item;
  item.name = "transformer";
  const ValueId y = Transformer(item.graph).build();
  return finished(std::move(item), y, Shape{kBatch, 4});
}

}  // namespace twingrad
