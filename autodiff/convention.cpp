#include "autodiff/convention.h"

#include <array>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"torch", "tensorflow", "jax", "onnxruntime",
                                                    "spec"};

}  // namespace

std::string_view convention_name(Convention convention) {
  return kNames[static_cast<size_t>(convention)];
}

Convention convention_by_name(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Convention>(i);
  }
  fail("unknown conventions ", quoted_name(name),
       ", there are: torch, tensorflow, jax, onnxruntime, spec");
}

}  // namespace twingrad
