#include <array>

#include "parity/hypotheses/hypothesis.h"

namespace twingrad {
namespace {

constexpr std::array kHypotheses = {
    Hypothesis{"convention", other_conventions},
};

}  // namespace

std::span<const Hypothesis> hypotheses() {
  return kHypotheses;
}

}  // namespace twingrad
