#pragma once

#include "parity/verdict.h"

namespace twingrad {

// What comparisons ask of all elements of a tensor of numbers, in one pass over them.
struct ElementStatistics {
  double largest = 0;  // magnitude of a finite element; 0 where there is none
  bool finite = true;
  bool all_zero = true;
  bool all_equal = true;
};
ElementStatistics element_statistics(const Tensor& tensor);

double largest_magnitude(const Tensor& tensor);
bool is_all_zero(const Tensor& tensor);

// Of two tensors of equal shape, element by element; pairs of equal infinities, and of NaN where
// these count as equal, are left out.
struct PairStatistics {
  double squared = 0;        // sum over the differences
  double squared_right = 0;  // sum over the right side
  double max_abs = 0;
  double max_rel = 0;         // difference over |right|
  double worst_excess = 0;    // difference over what the tolerance allows
  int64_t worst = -1;         // the element of that; -1: there is none
  int64_t incomparable = -1;  // the first that no tolerance measures, where the pass ended
};
// `scale` is the right side's largest magnitude.
PairStatistics pair_statistics(const Tensor& left, const Tensor& right, const Tolerance& tolerance,
                               double scale);

// NaN at both places being equal; infinity where shapes differ or one side alone is NaN.
double largest_difference(const Tensor& left, const Tensor& right);

}  // namespace twingrad
