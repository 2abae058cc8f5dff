#include <algorithm>
#include <cmath>

#include "backends/reference/arithmetic.h"
#include "backends/reference/dispatch.h"
#include "backends/reference/fourier.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

using Number = Fourier::Number;

// One line of a DFT: from the input's elements to the output's.
struct DftLine {
  const Fourier& fourier;
  int64_t length;
  bool inverse;
  bool onesided;

  // `line` has the input, cut or filled up with zeros.
  void run(std::span<Number> line) const {
    if (inverse && onesided) {
      // The other half of the spectrum of real numbers is the conjugate of this one.
      for (int64_t k = length / 2 + 1; k < length; ++k) {
        line[static_cast<size_t>(k)] = std::conj(line[static_cast<size_t>(length - k)]);
      }
      line[0] = line[0].real();
      if (length % 2 == 0) line[static_cast<size_t>(length / 2)].imag(0);
    }
    fourier.transform(line, inverse);
    if (!inverse) return;
    for (Number& number : line) number /= static_cast<double>(length);
  }
};

// The axis of the transform in tensors [outer, extent, inner, parts].
void dft(const KernelContext& context) {
  const Tensor& input = context.input(0);
  Tensor& output = context.output();
  if (output.element_count() == 0) return;
  const int64_t rank = input.rank();
  const int64_t given = context.has_input(2) ? as_int64(context.input(2))[0] : -2;
  const int64_t axis = normalized_axis(given, rank);
  const bool inverse = context.attributes().flag("inverse");
  const bool onesided = context.attributes().flag("onesided");
  const int64_t in = input.shape()[axis];
  const int64_t out = output.shape()[axis];
  int64_t length = onesided && !inverse ? in : out;
  if (context.has_input(1)) length = as_int64(context.input(1))[0];
  const int64_t inner = input.shape().product(axis + 1, rank - 1);
  const int64_t outer = input.shape().product(0, axis);
  const int64_t parts = input.shape()[rank - 1];
  const int64_t out_parts = output.shape()[rank - 1];
  const int64_t used = std::min(in, onesided && inverse ? length / 2 + 1 : length);
  const Fourier fourier(static_cast<size_t>(length));
  const DftLine transform{fourier, length, inverse, onesided};
  dispatch_floats(output.type(), [&]<typename T>() {
    const T* x = input.data<T>();
    T* y = output.data<T>();
    context.pool.parallel_for(outer * inner, [&](int64_t i, int) {
      std::vector<Number> line(static_cast<size_t>(length));
      const int64_t from = i / inner * in * inner + i % inner;
      for (int64_t k = 0; k < used; ++k) {
        const T* element = x + (from + k * inner) * parts;
        const auto imaginary = parts == 2 ? static_cast<double>(load(element[1])) : 0.0;
        line[static_cast<size_t>(k)] = {static_cast<double>(load(element[0])), imaginary};
      }
      transform.run(line);
      const int64_t to = i / inner * out * inner + i % inner;
      for (int64_t k = 0; k < out; ++k) {
        const Number& value = line[static_cast<size_t>(k)];
        T* element = y + (to + k * inner) * out_parts;
        element[0] = store<T>(static_cast<Arithmetic<T>>(value.real()));
        if (out_parts == 2) element[1] = store<T>(static_cast<Arithmetic<T>>(value.imag()));
      }
    });
  });
}

// Triangles over the bins of a spectrum, equally wide on the mel scale: the formula of
// https://onnx.ai/onnx/operators/onnx__MelWeightMatrix.html, whose edges are whole bins.
void mel_weight_matrix(const KernelContext& context) {
  Tensor& output = context.output();
  const int64_t bins = as_int64(context.input(0))[0];
  const auto length = static_cast<double>(as_int64(context.input(1))[0]);
  const auto rate = static_cast<double>(as_int64(context.input(2))[0]);
  check(rate > 0, "a sample rate of ", rate);
  const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  const double low = mel(element_as_double(context.input(3), 0));
  const double high = mel(element_as_double(context.input(4), 0));
  const double step = (high - low) / static_cast<double>(bins + 2);
  const int64_t rows = output.shape()[0];
  const auto edge = [&](int64_t i) {
    const double hertz = 700 * (std::pow(10.0, (low + static_cast<double>(i) * step) / 2595) - 1);
    const double bin = std::floor((length + 1) * hertz / rate);
    check(bin >= 0 && bin < static_cast<double>(rows), "an edge at ", hertz,
          " hertz lies outside of the spectrum");
    return static_cast<int64_t>(bin);
  };
  for (int64_t i = 0; i < output.element_count(); ++i) set_element(output, i, 0);
  for (int64_t i = 0; i < bins; ++i) {
    const int64_t left = edge(i);
    const int64_t centre = edge(i + 1);
    const int64_t right = edge(i + 2);
    const auto set = [&](int64_t row, int64_t part, int64_t whole) {
      set_element(output, row * bins + i, static_cast<double>(part) / static_cast<double>(whole));
    };
    if (left == centre) set(centre, 1, 1);
    for (int64_t k = left; k <= centre && left < centre; ++k) set(k, k - left, centre - left);
    for (int64_t k = centre; k < right; ++k) set(k, right - k, right - centre);
  }
}

}  // namespace

std::vector<KernelRow> reference_spectral_kernels() {
  return {
      {.op = "DFT", .types = kFloatTypes, .run = dft},
      {.op = "MelWeightMatrix", .run = mel_weight_matrix},
  };
}

}  // namespace twingrad
