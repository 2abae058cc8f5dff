#pragma once

#include <span>
#include <string>
#include <string_view>

namespace twingrad {

// Of the known names the one that was probably meant: at most two letters away (inserted, left out
// or changed; case counts as half). Empty: none is near.
std::string nearest_name(std::string_view typed, std::span<const std::string> known);
// The end of an error about `typed`: ", did you mean 'x'?", or nothing.
std::string nearest_hint(std::string_view typed, std::span<const std::string> known);

}  // namespace twingrad
