#pragma once

#include <cstdio>
#include <string>

#include "ir/error.h"
#include "parity/bundle.h"

namespace twingrad {

// Initial values, inputs and dropout masks that PyTorch and TensorFlow began with, so that the
// examples print their numbers. `folder` is testdata/references/seed.
inline ReferenceCase recorded(const std::string& folder, const std::string& framework,
                              const std::string& name) {
  for (ReferenceCase& found : read_bundle(folder + "/" + framework).cases) {
    if (found.name == name) return std::move(found);
  }
  fail("no case ", quoted_name(name), " in ", quoted_name(folder + "/" + framework));
}

// Calls f(folder) with the first argument of the program; an Error becomes one line and code 2.
template <typename F>
int run_example(int argc, char** argv, F f) {
  try {
    f(std::string(argc > 1 ? argv[1] : "testdata/references/seed"));
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}

}  // namespace twingrad
