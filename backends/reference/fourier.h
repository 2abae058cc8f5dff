#pragma once

#include <complex>
#include <span>
#include <vector>

namespace twingrad {

// The discrete Fourier transform of any length: radix 2 for powers of two, Bluestein's algorithm
// (1970) for others. O(n log n), made for one length and used for many lines.
class Fourier {
 public:
  using Number = std::complex<double>;

  explicit Fourier(size_t length);

  // data[k] = sum of data[t] exp(-2 pi i k t / n), with `inverse` exp(+...) and no factor 1/n.
  void transform(std::span<Number> data, bool inverse) const;

 private:
  void radix2(std::span<Number> data) const;
  void bluestein(std::span<Number> data) const;

  size_t length_;
  size_t padded_;               // a power of two
  std::vector<Number> roots_;   // exp(-2 pi i k / padded)
  std::vector<Number> chirp_;   // exp(-pi i k^2 / length)
  std::vector<Number> filter_;  // the transform of the conjugate chirp
};

}  // namespace twingrad
