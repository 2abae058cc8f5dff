#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "ir/test_folder.h"

namespace twingrad {

struct Outcome {
  int code = -1;
  std::string out;
  std::string error;
};

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Runs the program; a signal gives a negative code.
inline Outcome twingrad(const std::string& arguments) {
  const TestFolder folder;
  const std::string errors = folder.path() + "/stderr";
  const std::string command = TWINGRAD_BINARY " " + arguments + " 2> '" + errors + "' < /dev/null";
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  for (size_t count = 0; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    outcome.out.append(buffer.data(), count);
  }
  const int status = pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  outcome.error = content_of(errors);
  return outcome;
}

inline void expect_one_error_line(const Outcome& outcome, int code, const std::string& part) {
  EXPECT_EQ(outcome.code, code) << outcome.error;
  EXPECT_TRUE(outcome.error.starts_with("error: ")) << outcome.error;
  EXPECT_EQ(std::count(outcome.error.begin(), outcome.error.end(), '\n'), 1) << outcome.error;
  EXPECT_NE(outcome.error.find(part), std::string::npos) << outcome.error;
}

}  // namespace twingrad
