#pragma once

#include <string>

#include "parity/named_data.h"

namespace twingrad {

// One SHA-256 for named data: of a line "PLACE TYPE[SHAPE] DIGEST" for every tensor, in the order
// of names, where DIGEST is the SHA-256 of its elements as they lie in memory (row-major,
// little-endian; strings: each after its length as 8 bytes).
std::string digest_of(const NamedData& data);

}  // namespace twingrad
