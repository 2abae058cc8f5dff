#include "importers/tfjs/formulas/window.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "ir/error.h"

namespace twingrad {
namespace {

// Products with windows stay below 2^63.
constexpr int64_t kLargestExtent = int64_t{1} << 32;

std::vector<int64_t> counted_from(int64_t first, int64_t last) {
  std::vector<int64_t> axes(static_cast<size_t>(last - first));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

void check_rank(Expr x, const Window& window) {
  check(x.rank() == window.rank() + 2, "expected ", window.rank() + 2, " axes, found ", x.type());
}

// An extent that must be known now.
int64_t known_extent(Expr x, int64_t axis, std::string_view what) {
  const Dimension& dim = x.shape()[axis];
  if (!dim.known()) fail_unsupported(what, " is not known: ", x.type());
  return dim.extent;
}

std::vector<int64_t> kernel_of(Expr filter, const Window& window) {
  std::vector<int64_t> extents;
  for (const int64_t axis : counted_from(0, window.rank())) {
    extents.push_back(known_extent(filter, axis, "the filter"));
  }
  return extents;
}

// What SAME means for strides of 1, whatever the extents of the input are.
std::vector<int64_t> pads_of_same(const Window& window, std::span<const int64_t> kernel) {
  std::vector<int64_t> pads(2 * kernel.size());
  for (size_t i = 0; i < kernel.size(); ++i) {
    const int64_t total = (kernel[i] - 1) * window.dilations[i];
    pads[i] = total / 2;
    pads[i + kernel.size()] = total - pads[i];
  }
  return pads;
}

Attributes attributes_of(const Window& window, std::span<const int64_t> kernel) {
  Attributes attributes{{"strides", window.strides}};
  const bool dilated = std::ranges::any_of(window.dilations, [](int64_t d) { return d != 1; });
  const bool stepless = std::ranges::all_of(window.strides, [](int64_t s) { return s == 1; });
  if (dilated) attributes.set("dilations", window.dilations);
  if (window.padding == Window::Padding::kExplicit) {
    attributes.set("pads", window.pads);
  } else if (window.padding == Window::Padding::kSame && dilated && stepless) {
    // onnxruntime refuses auto_pad together with dilations.
    attributes.set("pads", pads_of_same(window, kernel));
  } else if (window.padding == Window::Padding::kSame) {
    attributes.set("auto_pad", std::string("SAME_UPPER"));
  }
  return attributes;
}

Expr convolved(Expr x, Expr filter, std::optional<Expr> bias, Attributes attributes,
               std::string_view op, bool channels_last) {
  const Expr image = channels_first(x, channels_last);
  std::vector<ValueId> inputs = {image.id(), filter.id()};
  if (bias) inputs.push_back(bias->id());
  const Expr y(x.builder(), x.builder().emit_one(op, std::move(inputs), std::move(attributes)));
  return channels_back(y, channels_last);
}

Expr pooled(Expr x, const Window& window, std::string_view op) {
  check_rank(x, window);
  Attributes attributes = attributes_of(window, window.kernel);
  attributes.set("kernel_shape", window.kernel);
  const Expr y = channels_first(x, window.channels_last).apply(op, {}, std::move(attributes));
  return channels_back(y, window.channels_last);
}

// The filter with its last two axes in front.
Expr filter_first(Expr filter, int64_t first, int64_t second) {
  std::vector<int64_t> order = {first, second};
  for (const int64_t axis : counted_from(0, filter.rank() - 2)) order.push_back(axis);
  return transpose(filter, order);
}

}  // namespace

Window::Padding padding_by_name(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "same") return Window::Padding::kSame;
  check(lower == "valid", "unknown padding ", quoted_name(name));
  return Window::Padding::kValid;
}

Expr channels_first(Expr x, bool channels_last) {
  if (!channels_last || x.rank() < 3) return x;
  std::vector<int64_t> order = {0, x.rank() - 1};
  for (const int64_t axis : counted_from(1, x.rank() - 1)) order.push_back(axis);
  return transpose(x, order);
}

Expr channels_back(Expr x, bool channels_last) {
  if (!channels_last || x.rank() < 3) return x;
  std::vector<int64_t> order = {0};
  for (const int64_t axis : counted_from(2, x.rank())) order.push_back(axis);
  order.push_back(1);
  return transpose(x, order);
}

Expr convolution(Expr x, Expr filter, std::optional<Expr> bias, const Window& window) {
  check_rank(x, window);
  check_rank(filter, window);
  Attributes attributes = attributes_of(window, kernel_of(filter, window));
  const Dimension& channels = x.shape()[window.channels_last ? x.rank() - 1 : 1];
  const int64_t of_group = known_extent(filter, filter.rank() - 2, "the filter");
  check(of_group > 0, "the filter is ", filter.type());
  if (channels.known() && channels.extent != of_group) {
    check(channels.extent % of_group == 0, "a filter for ", of_group, " channels does not fit ",
          x.type());
    attributes.set("group", channels.extent / of_group);
  }
  return convolved(x, filter_first(filter, filter.rank() - 1, filter.rank() - 2), bias,
                   std::move(attributes), "Conv", window.channels_last);
}

Expr depthwise_convolution(Expr x, Expr filter, std::optional<Expr> bias, const Window& window) {
  check_rank(x, window);
  check_rank(filter, window);
  const int64_t channels = known_extent(filter, filter.rank() - 2, "the filter");
  const int64_t results = known_extent(filter, filter.rank() - 1, "the filter");
  std::vector<int64_t> shape = {channels * results, 1};
  const std::vector<int64_t> kernel = kernel_of(filter, window);
  shape.insert(shape.end(), kernel.begin(), kernel.end());
  const Expr grouped = reshape(filter_first(filter, filter.rank() - 2, filter.rank() - 1), shape);
  Attributes attributes = attributes_of(window, kernel);
  attributes.set("group", channels);
  return convolved(x, grouped, bias, std::move(attributes), "Conv", window.channels_last);
}

Expr transposed_convolution(Expr x, Expr filter, std::optional<Expr> bias, const Window& window,
                            const std::vector<std::optional<int64_t>>& output) {
  check_rank(x, window);
  check_rank(filter, window);
  std::vector<int64_t> begins;
  std::vector<int64_t> ends;
  std::vector<int64_t> extra;
  for (int64_t axis = 0; axis < window.rank(); ++axis) {
    const auto i = static_cast<size_t>(axis);
    const int64_t dilation = window.dilations.empty() ? 1 : window.dilations[i];
    const int64_t reach = (known_extent(filter, axis, "the filter") - 1) * dilation + 1;
    const int64_t stride = window.strides[i];
    // What the windows over x cover beyond the output, shared as the convolution pads.
    int64_t beyond = window.padding == Window::Padding::kSame
                         ? reach - stride
                         : std::min<int64_t>(reach - stride, 0);
    if (output[i]) {
      const int64_t extent =
          known_extent(x, axis + (window.channels_last ? 1 : 2), "the extent of the input");
      check(extent <= kLargestExtent && *output[i] >= 0 && *output[i] <= kLargestExtent,
            "an extent is too large");
      beyond = (extent - 1) * stride + reach - *output[i];
    }
    int64_t front = 0;
    if (window.padding == Window::Padding::kSame) front = std::max<int64_t>(beyond, 0) / 2;
    if (window.padding == Window::Padding::kExplicit) front = window.pads[i];
    begins.push_back(front);
    ends.push_back(std::max<int64_t>(beyond - front, 0));
    extra.push_back(std::max<int64_t>(front - beyond, 0));
  }
  begins.insert(begins.end(), ends.begin(), ends.end());
  Attributes attributes{{"strides", window.strides}, {"pads", begins}, {"output_padding", extra}};
  if (!window.dilations.empty()) attributes.set("dilations", window.dilations);
  return convolved(x, filter_first(filter, filter.rank() - 1, filter.rank() - 2), bias,
                   std::move(attributes), "ConvTranspose", window.channels_last);
}

Expr max_pool(Expr x, const Window& window) {
  return pooled(x, window, "MaxPool");
}

Expr average_pool(Expr x, const Window& window) {
  return pooled(x, window, "AveragePool");
}

}  // namespace twingrad
