#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "examples/recorded.h"

namespace twingrad {
namespace {

const std::string kFolder = "testdata/references/seed";

// The lines that an example prints; the program must end with code 0.
std::vector<std::string> lines_of(const std::string& program) {
  const std::string command = std::string(TWINGRAD_EXAMPLES) + "/" + program + " " + kFolder;
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> part{};
  while (const size_t count = std::fread(part.data(), 1, part.size(), pipe)) {
    text.append(part.data(), count);
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// "STYLE step 20 loss 0.25": the losses by step, for each style.
using Losses = std::map<std::string, std::map<size_t, double>>;

Losses losses_of(const std::string& program, const std::string& unit) {
  Losses losses;
  for (const std::string& line : lines_of(program)) {
    const size_t end = line.find(" " + unit + " ");
    if (end == std::string::npos) {
      ADD_FAILURE() << line;
      continue;
    }
    std::istringstream rest(line.substr(end + unit.size() + 2));
    size_t step = 0;
    std::string word;
    double loss = 0;
    EXPECT_TRUE(rest >> step >> word >> loss) << line;
    losses[line.substr(0, end)][step] = loss;
  }
  return losses;
}

void expect_recorded(const std::map<size_t, double>& losses, const std::string& framework,
                     const std::string& name, size_t every) {
  const std::vector<TrainingStep> steps = recorded(kFolder, framework, name).training_run->steps;
  ASSERT_EQ(losses.size(), steps.size() / every);
  for (const auto& [step, loss] : losses) {
    ASSERT_GE(step, 1u);
    ASSERT_LE(step, steps.size());
    EXPECT_NEAR(loss, steps[step - 1].loss, 1e-5 * steps[step - 1].loss) << framework << step;
  }
}

TEST(Examples, LinearRegressionPrintsTheLossesOfBothFrameworks) {
  const Losses losses = losses_of("linear_regression", "step");
  ASSERT_EQ(losses.size(), 3u);
  for (const auto& [style, found] : losses) {
    SCOPED_TRACE(style);
    expect_recorded(found, "torch", "linear_regression", 20);
    expect_recorded(found, "tensorflow", "linear_regression", 20);
  }
}

TEST(Examples, MlpDropoutPrintsTheLossesOfItsFramework) {
  const Losses losses = losses_of("mlp_dropout", "epoch");
  ASSERT_EQ(losses.size(), 4u);
  for (const std::string mode : {"static", "eager"}) {
    SCOPED_TRACE(mode);
    expect_recorded(losses.at(mode + " pytorch"), "torch", "mlp_train_adam", 5);
    expect_recorded(losses.at(mode + " tensorflow"), "tensorflow", "mlp_train_sgd", 5);
  }
}

TEST(Examples, SecondDerivativePrintsThreeExactNumbers) {
  const std::vector<std::string> lines = lines_of("second_derivative");
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "static derivatives 12 12 6", "pytorch derivatives 12 12 6",
                       "tensorflow derivatives 12 12 6", "persistent derivatives 12 12 6"}));
}

}  // namespace
}  // namespace twingrad
