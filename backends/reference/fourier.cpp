#include "backends/reference/fourier.h"

#include <bit>
#include <numbers>

namespace twingrad {

Fourier::Fourier(size_t length) : length_(length), padded_(length) {
  const bool direct = std::has_single_bit(length);
  if (!direct) padded_ = std::bit_ceil(2 * length);
  const double turn = -2 * std::numbers::pi / static_cast<double>(padded_);
  for (size_t k = 0; k < padded_ / 2; ++k) {
    roots_.push_back(std::polar(1.0, turn * static_cast<double>(k)));
  }
  if (direct) return;
  // k^2 modulo 2 n keeps the angles small.
  for (size_t k = 0; k < length; ++k) {
    const auto square = static_cast<double>((k * k) % (2 * length));
    chirp_.push_back(std::polar(1.0, -std::numbers::pi * square / static_cast<double>(length)));
  }
  filter_.resize(padded_);
  filter_[0] = std::conj(chirp_[0]);
  for (size_t k = 1; k < length; ++k) {
    filter_[k] = filter_[padded_ - k] = std::conj(chirp_[k]);
  }
  radix2(filter_);
}

void Fourier::radix2(std::span<Number> data) const {
  const size_t n = data.size();
  for (size_t i = 1, j = 0; i < n; ++i) {
    size_t bit = n / 2;
    for (; (j & bit) != 0; bit /= 2) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(data[i], data[j]);
  }
  for (size_t half = 1; half < n; half *= 2) {
    for (size_t start = 0; start < n; start += 2 * half) {
      for (size_t k = 0; k < half; ++k) {
        const Number odd = data[start + half + k] * roots_[k * (n / (2 * half))];
        data[start + half + k] = data[start + k] - odd;
        data[start + k] += odd;
      }
    }
  }
}

void Fourier::bluestein(std::span<Number> data) const {
  std::vector<Number> work(padded_);
  for (size_t k = 0; k < length_; ++k) work[k] = data[k] * chirp_[k];
  radix2(work);
  for (size_t k = 0; k < padded_; ++k) work[k] = std::conj(work[k] * filter_[k]);
  radix2(work);  // of the conjugate: the inverse but for conjugation and the factor
  const double factor = 1 / static_cast<double>(padded_);
  for (size_t k = 0; k < length_; ++k) data[k] = std::conj(work[k]) * factor * chirp_[k];
}

void Fourier::transform(std::span<Number> data, bool inverse) const {
  if (inverse) {
    for (Number& number : data) number = std::conj(number);
  }
  chirp_.empty() ? radix2(data) : bluestein(data);
  if (inverse) {
    for (Number& number : data) number = std::conj(number);
  }
}

}  // namespace twingrad
