#pragma once

#include <optional>
#include <string>

#include "backends/backend.h"
#include "parity/report.h"
#include "parity/targets.h"

namespace twingrad {

// How a case fails: enough to say of a smaller one that it fails alike.
struct Failure {
  std::string leg;    // a row of the table of legs, or "error" where the case throws
  std::string kind;   // output, gradient, second_order... or the text of the error
  std::string name;   // the tensor, of the case in which it was seen
  std::string sides;  // "static/openblas against torch 2.15.0"
  std::string reason;
};

// The first leg, of modes, reference, training run, differences, and double on the reference
// backend, that does not hold; of its tensors the first that fails in the order of their making,
// values before gradients. nullopt: all hold.
std::optional<Failure> first_failure(const ParityCase& item, const Backend& backend,
                                     ThreadPool& pool);

// How one leg fails; nullopt: it holds, or there is no such leg for the case.
std::optional<Failure> failure_in_leg(const ParityCase& item, std::string_view leg,
                                      const Backend& backend, ThreadPool& pool);

// Whether the same leg fails for a tensor of the same kind, values before gradients.
bool fails_alike(const ParityCase& item, const Failure& failure, const Backend& backend,
                 ThreadPool& pool);

// The reference leg of the static mode.
LegReport held_to_reference(const ParityCase& item, const Backend& backend, ThreadPool& pool);

// Whether what is recorded agrees with double on the reference backend: then records and double
// tell the same of what is wrong here.
bool is_backed_by_double(const ParityCase& item, const Backend& backend, ThreadPool& pool);

// What the case gives in double on the reference backend, each tensor in the type that `like`, an
// answer to the same question, has.
Expectation exact_expectation(const ParityCase& item, const Answer& like, ThreadPool& pool);

}  // namespace twingrad
