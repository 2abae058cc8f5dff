#pragma once

#include <gtest/gtest.h>

#include <string>

#include "parity/targets.h"

namespace twingrad {

// The case of this name from a bundle in testdata/references.
inline ParityCase recorded_case(const std::string& bundle, const std::string& name) {
  ParityCase result;
  for_each_case("testdata/references/" + bundle, {}, [&](TargetCase found) {
    if (found.name == name && found.item) result = std::move(*found.item);
  });
  EXPECT_EQ(result.name, name) << bundle;
  return result;
}

}  // namespace twingrad
