#include "parity/hypotheses/causes.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace twingrad {
namespace {

constexpr std::array kCauses = {
    Cause{"convention",
          "The data lie on a kink, a tie or a singular point, where the frameworks choose "
          "different derivatives.",
          "Give the profile that is named with `--conventions`, or move the data off the kink.",
          "all: Clip, LeakyRelu, Elu, Max, ReduceMax, MaxPool and others differ"},
    Cause{"padding",
          "Convolution or pooling is padded at other sides: an odd pixel at the begin instead of "
          "the end.",
          "Write explicit `pads` instead of `auto_pad`; TensorFlow's SAME puts the odd pixel at "
          "the end.",
          "TensorFlow SAME, PyTorch `padding=k//2`, ONNX SAME_UPPER and SAME_LOWER"},
    Cause{"count_include_pad",
          "An average at the border divides by the whole window, or only by the elements in the "
          "image.",
          "Set `count_include_pad` of AveragePool.",
          "PyTorch and flax count the padding; ONNX, TensorFlow and Keras do not"},
    Cause{"align_corners",
          "Resize, GridSample or AffineGrid maps coordinates in another way, or rounds them to "
          "another pixel.",
          "Set the coordinate transformation, nearest mode or cubic coefficient that is named.",
          "PyTorch `align_corners`, TensorFlow 1 asymmetric, TensorFlow 2 half pixel"},
    Cause{"gelu",
          "GELU by the error function, or one of its approximations by tanh or by a sigmoid.",
          "Set `approximate` of Gelu on export.", "JAX defaults to tanh; PyTorch and Keras to erf"},
    Cause{"epsilon", "A normalization adds another epsilon to the variance.",
          "Set the epsilon of the layer; never rely on a default.",
          "Keras 1e-3, PyTorch 1e-5, flax 1e-6 (LayerNorm), BERT 1e-12"},
    Cause{
        "momentum",
        "The running statistics of BatchNormalization weigh old and new by m and 1-m, or by "
        "another m.",
        "ONNX and Keras give the weight of the old value, PyTorch that of the new one: write 1-m.",
        "PyTorch 0.1 (new), ONNX 0.9 and Keras 0.99 (old)"},
    Cause{"variance",
          "A variance divides by n-1 instead of n, in running statistics or in a normalization.",
          "Expect PyTorch's running variance to be n/(n-1) times ONNX's; elsewhere ask for the "
          "biased one.",
          "PyTorch (running variance, `torch.var`); TensorFlow, JAX and ONNX divide by n"},
    Cause{"gates",
          "LSTM or GRU weights hold their gates in another order, or GRU resets before instead of "
          "after its product.",
          "Permute W, R and B on import: ONNX has i,o,f,c and z,r,h; set `linear_before_reset` 1 "
          "for PyTorch and Keras.",
          "PyTorch i,f,g,o and r,z,n; Keras i,f,c,o and z,r,h; TensorFlow 1 i,j,f,o"},
    Cause{"slope",
          "An activation has another coefficient: the slope of LeakyRelu, alpha of Elu, the line "
          "of HardSigmoid.",
          "Write the coefficient that is named into the node.",
          "LeakyRelu 0.01 or 0.2 or 0.3; HardSigmoid of ONNX 0.2 x + 0.5, of PyTorch and Keras 3 x "
          "/ 6 + 0.5"},
    Cause{"axis",
          "Softmax or a normalization works along another axis, or over all axes from it on.",
          "Set `axis`; before opset 13 Softmax took all following axes as one.",
          "ONNX below opset 13, exporters that lose the axis"},
    Cause{"dropout_scale",
          "Dropout keeps its elements as they are, or scales them by another factor than 1/(1-p), "
          "or does not drop.",
          "Scale by 1/(1-p) in training (inverted dropout), and record the mask that was drawn.",
          "old implementations scale in inference; models in the wrong mode"},
    Cause{"layout",
          "Axes stand in another order: images with channels last, kernels as HWIO, rows behind a "
          "flattened image.",
          "Permute the weight or the recorded tensor by the order that is named.",
          "TensorFlow and Keras NHWC, HWIO; PyTorch and ONNX NCHW, OIHW"},
    Cause{"optimizer",
          "The optimizer has another formula or setting: where epsilon stands, how weight decay "
          "joins, how it begins.",
          "Record `profile` and every setting in the bundle; no default follows from the name.",
          "all: Adam, RMSprop, Adagrad, SGD with momentum"},
    Cause{"reduction",
          "A loss or a sum is averaged, or an average is summed: results differ by a number of "
          "elements.",
          "State `reduction`, and what it divides by.",
          "Keras divides by the batch, PyTorch by all elements or by the sum of the weights"},
    Cause{"transposed", "A weight, or what was recorded of it, is transposed.",
          "Transpose it, or set `transB` of Gemm; square matrices hide this in their shapes.",
          "PyTorch Linear (out,in), Keras Dense (in,out)"},
    Cause{"accumulation",
          "The gradient of a value with several consumers lacks the share of one, or counts it "
          "twice.",
          "Look for an in-place write, a detached branch, or gradients that were not set to zero.",
          "hand-written backward passes, detach() and stop_gradient"},
    Cause{"broadcast",
          "The gradient of what was broadcast is not summed over the axes along which it was "
          "stretched.",
          "Sum it to the shape of the value.", "hand-written backward passes"},
    Cause{"sign", "A tensor is the negative of what it should be.",
          "Look for a swapped subtraction, or a loss that is maximized.",
          "hand-written backward passes, `maximize`"},
    Cause{"factor",
          "A tensor is a constant multiple of what it should be: a factor 2 or 1/2, a loss scale, "
          "a double backward pass.",
          "Look for the factor that is named: half a squared error, loss scaling, gradients that "
          "were added up twice.",
          "mixed precision, gradient accumulation, distributed averages"},
};

}  // namespace

std::span<const Cause> causes() {
  return kCauses;
}

size_t cause_order(std::string_view name) {
  const auto found = std::ranges::find(kCauses, name, &Cause::name);
  return static_cast<size_t>(found - kCauses.begin());
}

std::string causes_markdown() {
  std::ostringstream out;
  out << R"(# Causes

Where `check` fails against a reference it tries what is known to differ between frameworks, and says under which assumption the
tensors that failed pass. This page is written by `twingrad causes --markdown`; of causes that explain as many tensors the earlier is meant.

A cause is named only if no other tensor fails under it, if it leaves less than a third of every difference that it explains, and
if what it explains is more than one number or zeros. The search takes at most three times as long as the case itself (two seconds
at least, a minute at most); a report says what was left out. "in gradients only" stands where the values agree without the assumption.

| cause | what it means | what to do | where it comes from |
| --- | --- | --- | --- |
)";
  for (const Cause& cause : kCauses) {
    out << "| " << cause.name << " | " << cause.meaning << " | " << cause.remedy << " | "
        << cause.frameworks << " |\n";
  }
  return out.str();
}

}  // namespace twingrad
