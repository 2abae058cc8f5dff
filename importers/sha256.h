#pragma once

#include <string>

#include "importers/byte_source.h"

namespace twingrad {

// The SHA-256 digest (FIPS 180-4) of all bytes, as 64 lower-case hexadecimal digits.
std::string sha256(const ByteSource& source);

}  // namespace twingrad
