#include "importers/tfjs/ops/node_window.h"

#include "ir/error.h"

namespace twingrad {
namespace {

// The spatial entries of a list with one for each axis of the image; the others must be 1.
std::vector<int64_t> spatial(const OpCall& call, std::string_view key, const Window& window,
                             int64_t rank) {
  const auto all =
      call.attributes.integers(key, std::vector<int64_t>(static_cast<size_t>(rank + 2), 1));
  check(static_cast<int64_t>(all.size()) == rank + 2, "attribute ", quoted_name(key), " has ",
        all.size(), " entries, expected ", rank + 2);
  const auto first = all.begin() + (window.channels_last ? 1 : 2);
  const int64_t channels = window.channels_last ? all.back() : all[1];
  if (all[0] != 1 || channels != 1) {
    fail_unsupported("attribute ", quoted_name(key), " is not 1 for batch or channels");
  }
  std::vector<int64_t> result(first, first + rank);
  for (const int64_t entry : result) {
    check(entry > 0 && entry <= kLargestWindow, "attribute ", quoted_name(key), " has the entry ",
          entry);
  }
  return result;
}

// In front of and behind each axis of the image as ONNX's pads of the spatial ones.
std::vector<int64_t> explicit_pads(const OpCall& call, const Window& window, int64_t rank) {
  const auto pairs = call.attributes.integers("explicit_paddings");
  check(static_cast<int64_t>(pairs.size()) == 2 * (rank + 2), "attribute 'explicit_paddings' has ",
        pairs.size(), " entries, expected ", 2 * (rank + 2));
  const size_t first = window.channels_last ? 2 : 4;
  std::vector<int64_t> pads;
  for (const size_t side : std::initializer_list<size_t>{0, 1}) {
    for (size_t axis = 0; axis < static_cast<size_t>(rank); ++axis) {
      pads.push_back(pairs[first + 2 * axis + side]);
    }
  }
  return pads;
}

}  // namespace

Window read_window(const OpCall& call, int64_t rank) {
  const NodeAttributes& attributes = call.attributes;
  Window window;
  window.channels_last = !attributes.text("data_format", "NHWC").starts_with("NC");
  window.strides = spatial(call, "strides", window, rank);
  window.dilations = spatial(call, "dilations", window, rank);
  if (attributes.has("ksize")) window.kernel = spatial(call, "ksize", window, rank);
  const std::string padding = attributes.text("padding");
  if (padding == "EXPLICIT") {
    window.padding = Window::Padding::kExplicit;
    window.pads = explicit_pads(call, window, rank);
  } else {
    window.padding = padding_by_name(padding);
  }
  return window;
}

}  // namespace twingrad
