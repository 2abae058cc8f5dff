#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backends/thread_pool.h"

namespace twingrad {

// What a figure depends on besides the model and its inputs: versions, CPU, threads, the kernels of
// OpenBLAS, and how this thread rounds and treats denormal numbers. In the order of a report.
std::vector<std::pair<std::string, std::string>> environment(const ThreadPool& pool);

}  // namespace twingrad
