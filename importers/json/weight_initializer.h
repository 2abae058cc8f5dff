#pragma once

#include <cstdint>
#include <string_view>

#include "importers/json_text.h"
#include "ir/tensor.h"

namespace twingrad {

// Weights that a model file describes instead of holding them. `object` has "initializer" and what
// belongs to it:
//   zeros, ones                                       any numeric type, bool too
//   constant          value
//   uniform           low (0), high (1), seed (0)     float, double, float16, bfloat16; likewise
//   below normal            mean (0), deviation (1), seed glorot_uniform    gain (1), seed, fan_in,
//   fan_out   high = -low = gain * sqrt(6 / (in + out)) glorot_normal     " deviation = gain *
//   sqrt(2 / (in + out)) he_uniform        "                                 high = -low = gain *
//   sqrt(6 / in) he_normal         "                                 deviation = gain * sqrt(2 /
//   in) lecun_uniform     "                                 high = -low = gain * sqrt(3 / in)
//   lecun_normal      "                                 deviation = gain * sqrt(1 / in)
// The fans follow from the shape: [in, out] for a matrix, as MatMul and Gemm take it on the right;
// [out, in, kernel...] as Conv takes it, times the product of the kernel. Other shapes must say.
//
// Element i is drawn from u, in (0, 1): the upper 52 bits of RandomStream(seed, h).bits(i), see
// ir/random.h, plus a half, times 2^-52, where h is the 64-bit FNV-1a hash of the name, so that
// weights under other names are others. Uniform numbers are fma(high - low, u, low), normal ones
// fma(deviation, normal_quantile(u), mean), in double and then rounded to the type: the same on
// every machine.
//
// Throws Error, with the path, for unknown names, missing and foreign keys, and numbers that the
// type does not hold. The caller has checked the size.
Tensor initialized(const JsonView& object, DataType type, const Shape& shape,
                   std::string_view name);

// The keys that may stand beside "initializer".
inline const std::initializer_list<std::string_view> kInitializerKeys = {
    "value", "low", "high", "mean", "deviation", "gain", "seed", "fan_in", "fan_out"};
// The names, in the order of the list above.
inline const std::initializer_list<std::string_view> kInitializerNames = {
    "zeros",         "ones",       "constant",  "uniform",       "normal",      "glorot_uniform",
    "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal"};

}  // namespace twingrad
