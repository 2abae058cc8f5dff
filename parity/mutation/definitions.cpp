#include "parity/mutation/cotangent_faults.h"
#include "parity/mutation/graph_edit.h"
#include "parity/mutation/mutation.h"
#include "parity/mutation/recording.h"

namespace twingrad {
namespace {

// The case as another framework, or a converter with a mistake, understands it.
using Misreading = std::function<void(ParityCase&)>;

struct DefinitionRow {
  std::string kind;
  std::string base;
  std::string target;
  std::string cause;
  Misreading misread;
};

bool is(const Node& node, std::string_view op) {
  return node.op != nullptr && node.op->name == op;
}

// The first node of the operator is another one.
Misreading node(const std::string& op, const std::function<void(Builder&, NodeSpec&)>& change) {
  return [op, change](ParityCase& item) {
    bool done = false;
    item.graph = edited(item.graph, [&](Builder& builder, const Node& found, NodeSpec& spec) {
      if (!done && is(found, op)) {
        change(builder, spec);
        done = true;
      }
      return std::optional<std::vector<ValueId>>();
    });
  };
}

Misreading attribute(const std::string& op, const std::string& name, const AttributeValue& value) {
  return node(op, [name, value](Builder&, NodeSpec& spec) { spec.attributes.set(name, value); });
}

// The first node of the operator is left out: its first input stands in its place.
Misreading without(const std::string& op) {
  return [op](ParityCase& item) {
    bool done = false;
    item.graph = edited(item.graph, [&](Builder&, const Node& found, NodeSpec& spec) {
      std::optional<std::vector<ValueId>> result;
      if (!done && is(found, op)) {
        result = std::vector{spec.inputs.at(0)};
        done = true;
      }
      return result;
    });
  };
}

// What the last node gives goes through one more.
Misreading output_times(double factor) {
  return [factor](ParityCase& item) {
    item.graph = edited(item.graph, [&](Builder& builder, const Node& found, NodeSpec& spec) {
      std::optional<std::vector<ValueId>> result;
      if (found.outputs[0] == item.graph.outputs()[0]) {
        spec.outputs.clear();
        result = std::vector{(Expr(builder, builder.emit(std::move(spec))[0]) * factor).id()};
      }
      return result;
    });
  };
}

Expr blocks(Expr x, std::initializer_list<int64_t> order) {
  const int64_t size = x.shape().shape()[1] / static_cast<int64_t>(order.size());
  std::vector<int64_t> indices;
  for (const int64_t block : order) {
    for (int64_t i = 0; i < size; ++i) indices.push_back(block * size + i);
  }
  return gather(x, x.integers(indices), 1);
}

// Weights and biases are read as if their gates came in another order.
void read_lstm_as_keras(Builder& builder, NodeSpec& spec) {
  spec.inputs[1] = blocks({builder, spec.inputs[1]}, {0, 3, 1, 2}).id();
  spec.inputs[2] = blocks({builder, spec.inputs[2]}, {0, 3, 1, 2}).id();
  spec.inputs[3] = blocks({builder, spec.inputs[3]}, {0, 3, 1, 2, 4, 7, 5, 6}).id();
}

void read_gru_as_torch(Builder& builder, NodeSpec& spec) {
  spec.inputs[1] = blocks({builder, spec.inputs[1]}, {1, 0, 2}).id();
  spec.inputs[2] = blocks({builder, spec.inputs[2]}, {1, 0, 2}).id();
  spec.inputs[3] = blocks({builder, spec.inputs[3]}, {1, 0, 2, 4, 3, 5}).id();
}

void transpose_second(Builder& builder, NodeSpec& spec) {
  spec.inputs[1] = swap_last_two({builder, spec.inputs[1]}).id();
}

// The running variance is updated by the unbiased one: n / (n - 1) of 3 x 8 x 8 elements.
void store_unbiased_variance(ParityCase& item) {
  item.graph = edited(item.graph, [](Builder& builder, const Node& found, NodeSpec& spec) {
    std::optional<std::vector<ValueId>> result;
    if (!is(found, "BatchNormalization")) return result;
    const Expr old(builder, spec.inputs[4]);
    const double momentum = spec.attributes.real("momentum");
    spec.outputs[2] = std::string();
    result = builder.emit(std::move(spec));
    const Expr kept = old * momentum;
    (*result)[2] = (kept + (Expr(builder, (*result)[2]) - kept) * (192.0 / 191.0)).id();
    return result;
  });
}

Misreading convention(Convention which) {
  return [which](ParityCase& item) { item.question.convention = which; };
}

// Another derivative of one input of an operator: where the input or the output has the name.
Misreading cotangent(std::string_view op, size_t at, std::string_view name, CotangentFault fault) {
  return [=](ParityCase& item) {
    item.question.amend = [=](Builder& builder, const Node& found, size_t input, ValueId right) {
      const auto named = [&](ValueId id) { return builder.graph().value(id).name == name; };
      const bool here =
          is(found, op) && input == at && (named(found.inputs[input]) || named(found.outputs[0]));
      return here ? fault(builder, found, input, {builder, right}) : right;
    };
  };
}

// The statistics of the batch are neither used nor stored.
void keep_statistics(ParityCase& item) {
  item.graph = edited(item.graph, [](Builder& builder, const Node& found, NodeSpec& spec) {
    std::optional<std::vector<ValueId>> result;
    if (!is(found, "BatchNormalization")) return result;
    const ValueId mean = spec.inputs[3];
    const ValueId variance = spec.inputs[4];
    spec.attributes.set("training_mode", int64_t{0});
    spec.output_count = 1;
    spec.outputs.clear();
    result = std::vector{builder.emit(std::move(spec))[0], mean, variance};
    return result;
  });
}

const std::string kLower = "SAME_LOWER";
using Integers = std::vector<int64_t>;

std::vector<DefinitionRow> frameworks() {
  const auto coordinates = [](const std::string& mode) {
    return attribute("Resize", "coordinate_transformation_mode", mode);
  };
  return {
      {"convention", "kinks", "spec", "convention", convention(Convention::kSpec)},
      {"convention", "kinks", "tensorflow", "convention", convention(Convention::kTensorflow)},
      {"convention", "kinks", "jax", "convention", convention(Convention::kJax)},
      {"convention", "kinks", "onnxruntime", "convention", convention(Convention::kOnnxruntime)},
      {"momentum", "convolution", "1 - m", "momentum",
       attribute("BatchNormalization", "momentum", 0.2F)},
      {"epsilon", "convolution", "1e-3", "epsilon",
       attribute("BatchNormalization", "epsilon", 1e-3F)},
      {"epsilon", "normalization", "1e-5 of BatchNormalization", "epsilon",
       attribute("BatchNormalization", "epsilon", 1e-5F)},
      {"epsilon", "normalization", "1e-3 of InstanceNormalization", "epsilon",
       attribute("InstanceNormalization", "epsilon", 1e-3F)},
      {"epsilon", "normalization", "1e-5 of GroupNormalization", "epsilon",
       attribute("GroupNormalization", "epsilon", 1e-5F)},
      {"epsilon", "attention", "1e-5", "epsilon",
       attribute("LayerNormalization", "epsilon", 1e-5F)},
      {"epsilon", "attention", "1e-6", "epsilon",
       attribute("LayerNormalization", "epsilon", 1e-6F)},
      {"unbiased variance", "convolution", "n / (n - 1)", "variance", store_unbiased_variance},
      {"GELU by tanh", "attention", "Gelu", "gelu",
       attribute("Gelu", "approximate", std::string("tanh"))},
      {"padding side", "convolution", "Conv SAME_LOWER", "padding",
       [](ParityCase& item) {
         item.graph = edited(item.graph, [](Builder&, const Node& found, NodeSpec& spec) {
           if (is(found, "Conv") && spec.attributes.text("auto_pad") == "SAME_UPPER") {
             spec.attributes.set("auto_pad", kLower);
           }
           return std::optional<std::vector<ValueId>>();
         });
       }},
      {"padding side", "pooling", "ConvTranspose", "padding",
       attribute("ConvTranspose", "pads", Integers{0, 1, 1, 0})},
      {"padding side", "pooling", "MaxPool", "padding",
       attribute("MaxPool", "pads", Integers{1, 1, 1, 0})},
      {"count_include_pad", "pooling", "AveragePool", "count_include_pad",
       attribute("AveragePool", "count_include_pad", int64_t{1})},
      {"align_corners", "resize", "align_corners", "align_corners", coordinates("align_corners")},
      {"align_corners", "resize", "asymmetric", "align_corners", coordinates("asymmetric")},
      {"sum for mean", "classifier", "SoftmaxCrossEntropyLoss", "reduction",
       attribute("SoftmaxCrossEntropyLoss", "reduction", std::string("sum"))},
      {"sum for mean", "squared-error", "ReduceMean", "reduction",
       node("ReduceMean", [](Builder&, NodeSpec& spec) { spec.op = "ReduceSum"; })},
      {"dropout not scaled", "dropout", "Div", "dropout_scale", without("Div")},
  };
}

std::vector<DefinitionRow> converters() {
  return {
      {"swapped gates", "lstm", "read as i,f,c,o", "gates", node("LSTM", read_lstm_as_keras)},
      {"swapped gates", "gru", "read as r,z,h", "gates", node("GRU", read_gru_as_torch)},
      {"reset after", "gru", "linear_before_reset", "gates",
       attribute("GRU", "linear_before_reset", int64_t{1})},
      {"transposed weight", "perceptron", "tied in product", "transposed",
       node("MatMul", transpose_second)},
      {"transposed weight", "attention", "Wq", "transposed", node("MatMul", transpose_second)},
      {"sign", "squared-error", "loss", "sign", output_times(-1)},
      {"factor 1/2", "perceptron", "loss", "factor", output_times(0.5)},
      {"overwritten accumulation", "perceptron", "tied", "accumulation",
       cotangent("MatMul", 1, "product", dropped)},
      {"overwritten accumulation", "attention", "x", "accumulation",
       cotangent("Add", 0, "x", dropped)},
      {"overwritten accumulation", "formulas", "c", "accumulation",
       cotangent("Mul", 0, "c", dropped)},
      {"double accumulation", "perceptron", "tied", "accumulation",
       cotangent("MatMul", 1, "product", doubled)},
      {"missing broadcast sum", "perceptron", "b2", "broadcast",
       cotangent("Add", 1, "b2", first_for_sum)},
      {"missing broadcast sum", "pooling", "scale", "broadcast",
       cotangent("Mul", 1, "scale", first_for_sum)},
      {"missing broadcast sum", "attention", "bi", "broadcast",
       cotangent("Add", 1, "bi", first_for_sum)},
      {"mean for broadcast sum", "perceptron", "b2", "reduction",
       cotangent("Add", 1, "b2", mean_for_sum)},
      {"stale statistics", "convolution", "BatchNormalization", "", keep_statistics},
      {"stale statistics", "convolution", "momentum 1", "",
       attribute("BatchNormalization", "momentum", 1.0F)},
      {"activation lost", "perceptron", "Tanh", "", without("Tanh")},
      {"activation lost", "convolution", "Relu", "", without("Relu")},
      {"activation lost", "classifier", "Relu", "", without("Relu")},
      {"mask lost", "attention", "Where", "",
       node("Where", [](Builder&, NodeSpec& spec) { spec.inputs[2] = spec.inputs[1]; })},
      {"scale lost", "attention", "Div", "", without("Div")},
      {"other axis", "attention", "Softmax", "axis", attribute("Softmax", "axis", int64_t{2})},
      {"other slope", "kinks", "LeakyRelu", "slope", attribute("LeakyRelu", "alpha", 0.01F)},
      {"off-by-one padding", "convolution", "Conv", "padding",
       attribute("Conv", "pads", Integers{2, 2, 0, 0})},
      {"other rounding", "resize", "nearest", "",
       attribute("Resize", "mode", std::string("nearest"))},
  };
}

}  // namespace

std::vector<Mutation> definition_mutations() {
  std::vector<Mutation> result;
  for (const auto family : {frameworks, converters}) {
    for (const DefinitionRow& row : family()) {
      const auto make = [misread = row.misread](const ParityCase& right, ThreadPool& pool) {
        ParityCase other = right;
        misread(other);
        return Mutant{held_to(right, std::move(other), pool), {}};
      };
      result.push_back({"reference", row.kind, row.base, row.target, "reference", row.cause, make});
    }
  }
  return result;
}

}  // namespace twingrad
