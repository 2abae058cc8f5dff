#pragma once

#include <cstdint>

namespace twingrad {

// Elements of one item of work for the thread pool: some microseconds.
inline constexpr int64_t kItemElements = int64_t{16} * 1024;

}  // namespace twingrad
