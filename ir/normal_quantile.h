#pragma once

namespace twingrad {

// The standard normal number below which lies the share `probability` in (0, 1): algorithm AS 241
// (Wichura, 1988), relative error below 1e-15. Made of additions, divisions, square roots and fused
// multiply-adds, which IEEE 754 fixes to the bit: the same on every machine, as std::log is not.
double normal_quantile(double probability);

}  // namespace twingrad
