#pragma once

#include "backends/backend.h"

namespace twingrad {

// Monte-Carlo arithmetic (D. S. Parker, "Monte Carlo arithmetic", 1997): how far results move when
// every rounded number of a run moves by one unit in its last place, up or down in one case of four
// each. Several runs show what rounding does to a result, whatever the order of sums. Float and
// double are moved; zeros, infinities and NaN are not, and neither is what an operator only moves,
// chooses or compares, so that ties stay ties.

// Runs that differ in what is moved, from 1.
inline constexpr int kPerturbedRuns = 3;

// The kernels of a backend in this arithmetic. The same numbers are moved in the same way each
// time. `base` is one of backend_by_name.
const Backend& perturbed_backend(const Backend& base, int run);

// Whether the operator computes numbers that have to be rounded.
bool is_rounded(const OpDef& op);

}  // namespace twingrad
