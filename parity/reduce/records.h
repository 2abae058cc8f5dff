#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "parity/report.h"
#include "parity/targets.h"

namespace twingrad {

// Which of a case's records still say something about a part of it.
enum class Held : uint8_t {
  kNothing,    // the part will be held to something else
  kValues,     // recorded values of the part's nodes; gradients are not asked for
  kGradients,  // recorded gradients, too: all recorded values agree with ours
};

struct Records {
  Held held = Held::kNothing;
  std::set<std::string> agreeing = {};  // whose recorded gradients agree with ours
};

// What of the records of a case can be relied on, by its reference leg.
Records records_of(const LegReport& leg);

// Whether most values that nodes make are on record, and their gradients if the case has any.
bool has_intermediates(const ParityCase& item);

// The nodes, and as many more as it takes until what crosses the border of the part is sure:
//   values that go in   are recorded, or computed here where all records of values agree with ours;
//   gradients that go in  are recorded, or the case's own cotangents, or computed here where the
//                       recorded gradient of another value that the same node takes agrees with
//                       ours
// For a part that is not held to records these are the nodes themselves.
std::vector<size_t> sure_part(const ParityCase& whole, std::vector<size_t> nodes,
                              const Records& records);

}  // namespace twingrad
