#pragma once

#include "parity/targets.h"

namespace twingrad {

// What every node of a case makes, and the gradient that arrives there: what takes the place of
// what is cut away.
struct Recording {
  NamedData values;
  NamedGradients gradients;
};

// The same case with what is left open settled: cotangents drawn where none are recorded, and
// parameters that the question overrides with the values that they have there.
ParityCase settled(const ParityCase& item, const Backend& backend, ThreadPool& pool);

// Of a settled case, by a tape.
Recording record(const ParityCase& item, const Backend& backend, ThreadPool& pool);

}  // namespace twingrad
