#pragma once

#include "exporters/source/framework.h"
#include "ir/sliding_window.h"

namespace twingrad {

// A keras.Model over layers of Keras 3, with functions of TensorFlow for what is no layer. Images
// have their channels last from the first layer that wants it to the first node that does not.
// What Keras has no layer for throws Error (unsupported): tensorflow() writes it.
const Framework& keras();

// The families of rows; every other operator has the row of tensorflow().
std::vector<SourceRow> keras_dense_rows();
std::vector<SourceRow> keras_convolution_rows();
std::vector<SourceRow> keras_pooling_rows();
std::vector<SourceRow> keras_normalization_rows();
std::vector<SourceRow> keras_axis_rows();

// Channels last: where the first input is an image; where it has its channels last already; where
// an array that has the rank of the output has its channels last.
bool of_images(const NodeWriter& node);
bool of_images_so_far(const NodeWriter& node);
bool of_elements(const NodeWriter& node);

// A layer with its tensors, called on `x`. `training`: what it is told whether the
// model trains or not.
Code layer_call(NodeWriter& node, Member layer, const Code& x, std::string_view training = "");
// The row of tensorflow() for the node.
Codes as_functions(NodeWriter& node);
// The image with these pads, which are in the order of its spatial axes, around it.
Code padded_image(const Code& x, const SlidingWindow& window, std::string_view value);

// The whole file.
SourceFiles write_keras(SourceProgram program, const GraphFacts& facts, std::string_view title);
}  // namespace twingrad
