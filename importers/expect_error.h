#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "ir/error.h"

namespace twingrad {

// For tests: `action` throws an Error of one line that contains `text`.
template <typename Action>
void expect_error(Action action, std::string_view text) {
  try {
    action();
    ADD_FAILURE() << "no error, expected one with \"" << text << '"';
  } catch (const Error& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find(text), std::string::npos)
        << '"' << what << "\" does not contain \"" << text << '"';
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
  }
}

}  // namespace twingrad
