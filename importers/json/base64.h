#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace twingrad {

// The bytes of a base64 text (RFC 4648, section 4). Strict, so that every text has one meaning and
// all bytes one text: the standard alphabet, padded, no white space, no bits that are not used.
// Throws Error with the place.
std::vector<std::byte> decode_base64(std::string_view text);

}  // namespace twingrad
