#pragma once

namespace twingrad {

// The double that the shortest text of a float means: 0.9F is 0.9, not 0.89999998.
double decimal_value(float value);

}  // namespace twingrad
