#pragma once

#include <string_view>

namespace twingrad {

// verify_source.py, a file of this folder.
extern const std::string_view kSourceVerifier;

}  // namespace twingrad
