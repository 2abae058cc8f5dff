#include "importers/tfjs/layers/layer_window.h"

#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<int64_t> positive(const LayerCall& call, std::string_view key, size_t rank,
                              std::optional<int64_t> fallback) {
  auto list = call.config.integers(key, rank, fallback);
  for (const int64_t entry : list) {
    check(entry > 0 && entry <= kLargestWindow, "the setting ", quoted_name(key), " has the entry ",
          entry);
  }
  return list;
}

}  // namespace

Window convolution_window(const LayerCall& call, size_t rank) {
  Window window;
  window.channels_last = call.channels_last();
  window.kernel = positive(call, "kernel_size", rank, std::nullopt);
  window.strides = positive(call, "strides", rank, 1);
  window.dilations = positive(call, "dilation_rate", rank, 1);
  const std::string padding = call.config.text("padding", "valid");
  if (padding == "causal" && rank == 1) {
    window.padding = Window::Padding::kExplicit;
    window.pads = {(window.kernel[0] - 1) * window.dilations[0], 0};
  } else {
    window.padding = padding_by_name(padding);
  }
  return window;
}

Window pooling_window(const LayerCall& call, size_t rank) {
  Window window;
  window.channels_last = call.channels_last();
  window.kernel = positive(call, "pool_size", rank, 2);
  window.strides =
      call.config.has("strides") ? positive(call, "strides", rank, std::nullopt) : window.kernel;
  window.padding = padding_by_name(call.config.text("padding", "valid"));
  return window;
}

}  // namespace twingrad
