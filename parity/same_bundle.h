#pragma once

#include <string>

#include "parity/bundle.h"

namespace twingrad {

// Where two bundles first differ, as one line ("case 'a': outputs: 'y'"); empty where they are the
// same. Everything that the format lists counts, tensors bit for bit; folder and paths do not.
std::string difference(const Bundle& a, const Bundle& b);

}  // namespace twingrad
