#include "ir/sliding_window.h"

#include <algorithm>
#include <limits>

#include "ir/error.h"

namespace twingrad {
namespace {

// Keeps products of two of them inside of int64.
constexpr int64_t kLargest = std::numeric_limits<int32_t>::max();

SlidingWindow::AutoPad auto_pad_of(const Attributes& attributes) {
  using enum SlidingWindow::AutoPad;
  const AttributeValue* value = attributes.find("auto_pad");
  if (value == nullptr) return kExplicit;
  const auto& text = std::get<std::string>(*value);
  if (text == "NOTSET" || text.empty()) return kExplicit;
  if (text == "SAME_UPPER") return kSameUpper;
  if (text == "SAME_LOWER") return kSameLower;
  check(text == "VALID", "attribute 'auto_pad' must be NOTSET, SAME_UPPER, SAME_LOWER or VALID, ",
        "found ", quoted_name(text));
  return kValid;
}

std::vector<int64_t> checked_list(const Attributes& attributes, std::string_view name, size_t count,
                                  int64_t fallback, int64_t least) {
  auto list = attributes.integers_or(name, std::vector<int64_t>(count, fallback));
  check(list.size() == count, "attribute ", quoted_name(name), " has ", list.size(),
        " entries, expected ", count);
  for (const int64_t entry : list) {
    check(entry >= least && entry <= kLargest, "attribute ", quoted_name(name), " has an entry ",
          entry);
  }
  return list;
}

bool has_flag(const Attributes& attributes, std::string_view name) {
  return attributes.has(name) && attributes.flag(name);
}

int64_t rounded_up(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

int64_t known_count(const SlidingWindow& window, size_t at, int64_t input) {
  const WindowAxis& axis = window.axes[at];
  if (window.is_same()) return rounded_up(input, axis.stride);
  const int64_t room = input + axis.pad_begin + axis.pad_end - axis.reach();
  check(room >= 0, "a window that spans ", axis.reach(), " elements does not fit into ", input,
        " with pads ", axis.pad_begin, " and ", axis.pad_end);
  if (!window.ceil_mode) return room / axis.stride + 1;
  const int64_t count = rounded_up(room, axis.stride) + 1;
  // A last window that would start in the end padding is dropped.
  return (count - 1) * axis.stride >= input + axis.pad_begin ? count - 1 : count;
}

void split_padding(WindowAxis& axis, int64_t total, bool more_at_end) {
  axis.pad_begin = more_at_end ? total / 2 : total - total / 2;
  axis.pad_end = total - axis.pad_begin;
}

}  // namespace

SlidingWindow read_sliding_window(const Attributes& attributes, std::span<const int64_t> kernel) {
  const size_t rank = kernel.size();
  SlidingWindow window;
  window.auto_pad = auto_pad_of(attributes);
  window.ceil_mode = has_flag(attributes, "ceil_mode");
  const auto strides = checked_list(attributes, "strides", rank, 1, 1);
  const auto dilations = checked_list(attributes, "dilations", rank, 1, 1);
  const auto pads = checked_list(attributes, "pads", 2 * rank, 0, 0);
  const bool padded = window.auto_pad == SlidingWindow::AutoPad::kExplicit;
  for (size_t i = 0; i < rank; ++i) {
    check(kernel[i] >= 1 && kernel[i] <= kLargest, "a kernel of extent ", kernel[i]);
    window.axes.push_back(
        {kernel[i], strides[i], dilations[i], padded ? pads[i] : 0, padded ? pads[i + rank] : 0});
  }
  return window;
}

Dimension window_count(const SlidingWindow& window, size_t at, const Dimension& input) {
  if (input.known()) return known_count(window, at, input.extent);
  const WindowAxis& axis = window.axes[at];
  const bool one_each =
      axis.stride == 1 && (window.is_same() || axis.pad_begin + axis.pad_end == axis.reach() - 1);
  return one_each ? input : Dimension();
}

void resolve_padding(SlidingWindow& window, std::span<const int64_t> input) {
  if (window.is_same()) {
    for (size_t i = 0; i < window.rank(); ++i) {
      WindowAxis& axis = window.axes[i];
      const int64_t count = rounded_up(input[i], axis.stride);
      const int64_t total = (count - 1) * axis.stride + axis.reach() - input[i];
      split_padding(axis, std::max<int64_t>(total, 0),
                    window.auto_pad == SlidingWindow::AutoPad::kSameUpper);
    }
  }
  window.auto_pad = SlidingWindow::AutoPad::kExplicit;
}

SlidingWindow resolved_window(const Attributes& attributes, std::span<const int64_t> kernel,
                              std::span<const int64_t> input) {
  SlidingWindow window = read_sliding_window(attributes, kernel);
  resolve_padding(window, input);
  return window;
}

TransposedWindow resolved_transposed_window(const Attributes& attributes,
                                            std::span<const int64_t> kernel,
                                            std::span<const int64_t> input) {
  TransposedWindow result{read_sliding_window(attributes, kernel), {}};
  SlidingWindow& window = result.window;
  const size_t rank = kernel.size();
  const auto more = checked_list(attributes, "output_padding", rank, 0, 0);
  auto wanted = attributes.integers_or("output_shape", {});
  // Some exporters write the whole shape, batch and channels included.
  if (wanted.size() == rank + 2) wanted.erase(wanted.begin(), wanted.begin() + 2);
  check(wanted.empty() || wanted.size() == rank, "attribute 'output_shape' has ", wanted.size(),
        " entries, expected ", rank);
  for (size_t i = 0; i < rank; ++i) {
    WindowAxis& axis = window.axes[i];
    check(input[i] <= kLargest, "an extent of ", input[i], " is too large");
    const int64_t full = (input[i] - 1) * axis.stride + axis.reach() + more[i];
    if (wanted.empty() && !window.is_same()) {
      result.output.push_back(full - axis.pad_begin - axis.pad_end);
    } else {
      result.output.push_back(wanted.empty() ? input[i] * axis.stride : wanted[i]);
      split_padding(axis, std::max<int64_t>(full - result.output[i], 0),
                    window.auto_pad == SlidingWindow::AutoPad::kSameUpper);
    }
    check(result.output[i] > 0, "an output extent of ", result.output[i]);
  }
  window.auto_pad = SlidingWindow::AutoPad::kExplicit;
  return result;
}

Attributes window_attributes(const SlidingWindow& window) {
  std::vector<int64_t> strides;
  std::vector<int64_t> dilations;
  std::vector<int64_t> pads;
  for (const WindowAxis& axis : window.axes) {
    strides.push_back(axis.stride);
    dilations.push_back(axis.dilation);
    pads.push_back(axis.pad_begin);
  }
  for (const WindowAxis& axis : window.axes) pads.push_back(axis.pad_end);
  return {{"dilations", dilations}, {"pads", pads}, {"strides", strides}};
}

std::span<const int64_t> spatial_extents(const Shape& shape) {
  return std::span<const int64_t>(shape).subspan(2);
}

}  // namespace twingrad
