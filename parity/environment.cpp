#include "parity/environment.h"

#include <sys/utsname.h>

#include <fstream>

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

}  // namespace

std::vector<std::pair<std::string, std::string>> environment(const ThreadPool& pool) {
  utsname system{};
  uname(&system);
  return {{"system", std::string(system.sysname) + " " + system.release + " " + system.machine},
          {"cpu", cpu_name()},
          {"vector_extensions", vector_extensions()},
          {"threads", std::to_string(pool.threads())},
          {"compiler", "g++ " __VERSION__}};
}

}  // namespace twingrad
