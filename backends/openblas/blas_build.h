#pragma once

#include <string>

namespace twingrad {

// The OpenBLAS that is linked, and the kernels that it chose for this processor when it started:
// float64 products depend on both to the last bit.
struct BlasBuild {
  std::string config;  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  std::string core;    // "Haswell"
};
BlasBuild blas_build();

}  // namespace twingrad
