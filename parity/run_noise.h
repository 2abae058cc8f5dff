#pragma once

#include <map>
#include <string>
#include <vector>

#include "parity/training_run.h"

namespace twingrad {

// How far rounding alone moves what one step makes: the largest difference of any element between
// our run and the measured ones, in this step or one before it.
struct StepNoise {
  double loss = 0;
  std::map<std::string, double> gradients;
  std::map<std::string, double> parameters;
  std::map<std::string, double> state;
};

// What rounding does to a training run: the same steps in double (where the run is in float) and in
// Monte-Carlo arithmetic, side by side with ours.
struct RunNoise {
  std::vector<StepNoise> steps;
  std::string how;  // "float32 against float64 and 3 perturbed runs"
  // The worst parameter's noise as a share of its largest element, after the first and the last
  // step, and by what it grows a step on the average.
  double first = 0;
  double last = 0;
  double growth = 1;
};

RunNoise measure_run_noise(const ParityCase& item, const RunMode& mode);

// "float32 against float64 and 3 perturbed runs, grows x1.12 a step from 3e-08 to 4e-07".
std::string growth_text(const RunNoise& noise);

}  // namespace twingrad
