#include "parity/environment.h"

#include <gnu/libc-version.h>
#include <sys/utsname.h>

#include <bit>
#include <cfenv>
#include <fstream>
#include <limits>

#include "backends/openblas/blas_build.h"

namespace twingrad {
namespace {

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t colon = line.find(": ");
    return colon == std::string::npos ? line : line.substr(colon + 2);
  }
  return "unknown";
}

std::string vector_extensions() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("avx2")) return "avx2";
#endif
  return "baseline";
}

std::string rounding_mode() {
  switch (std::fegetround()) {
    case FE_TONEAREST:
      return "to nearest";
    case FE_DOWNWARD:
      return "downward";
    case FE_UPWARD:
      return "upward";
    case FE_TOWARDZERO:
      return "toward zero";
    default:
      return "unknown";
  }
}

// Observed rather than read from a control register, which is another one on every processor. The
// results are stored before they are compared: a comparison takes denormals for zero, too.
std::string denormal_mode() {
  const volatile float normal = std::numeric_limits<float>::min();
  const volatile float denormal = std::numeric_limits<float>::denorm_min();
  const volatile float from_normal = normal * 0.5F;
  const volatile float from_denormal = denormal * 0x1p24F;
  const bool flushed = std::bit_cast<uint32_t>(float{from_normal}) == 0;
  const bool taken_for_zero = std::bit_cast<uint32_t>(float{from_denormal}) == 0;
  if (flushed && taken_for_zero) return "flushed to zero, and zero as operands";
  if (flushed) return "flushed to zero";
  return taken_for_zero ? "zero as operands" : "kept";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> environment(const ThreadPool& pool) {
  utsname system{};
  uname(&system);
  const BlasBuild blas = blas_build();
  return {{"twingrad", TWINGRAD_VERSION},
          {"compiler", "g++ " __VERSION__},
          {"libc", std::string("glibc ") + gnu_get_libc_version()},
          {"openblas", blas.config},
          {"blas_core", blas.core},
          {"system", std::string(system.sysname) + " " + system.release + " " + system.machine},
          {"cpu", cpu_name()},
          {"vector_extensions", vector_extensions()},
          {"threads", std::to_string(pool.threads())},
          {"rounding", rounding_mode()},
          {"denormals", denormal_mode()}};
}

}  // namespace twingrad
