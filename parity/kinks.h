#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backends/thread_pool.h"
#include "parity/question.h"

namespace twingrad {

// The nature of a point at which an operator has no single derivative: a bend or pole of the
// function of one element ("kink"), or equal elements of which one is to be chosen ("tie").
// Empty for operators without such points.
std::string_view nature_of_kinks(std::string_view op);

// How many elements of what a node takes lie at or next to such a point.
struct KinkCount {
  std::string node;  // its label
  std::string op;
  std::string_view nature;  // "kink" or "tie"
  int64_t elements = 0;
};

// How far beside its place an element counts as next to a kink, as a share of max(1, |x|): some
// steps of float, which is what forward values of two frameworks differ by.
inline constexpr double kKinkReach = 1e-6;

// The data with every element of its float tensors moved up or down by chance, at most by the
// reach. Two seeds 2n and 2n + 1 move to opposite sides, so that a pair crosses every bend.
NamedData jittered(const NamedData& data, uint64_t seed);

// Elements of float tensors moved up by as much as a hundredth of the largest, so that no two are
// equal and none stays where it was: a derivative off the kinks and ties of the point.
Datum scattered(const Datum& datum);

// The nodes of the question's graph (not of its nested graphs) at whose points elements lie: those
// of which the derivative of the node changes by more than a smooth function's would when every
// element is moved by kKinkReach, up or down. Evaluated in double on the reference backend.
std::vector<KinkCount> kinks_and_ties(const Question& question, ThreadPool& pool);

}  // namespace twingrad
