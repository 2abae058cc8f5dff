#include "exporters/source/layout.h"

#include <gtest/gtest.h>

namespace twingrad {
namespace {

TEST(Layout, WhatFitsStaysOnALine) {
  EXPECT_EQ(laid_out("x = F.relu(x)", 8), "        x = F.relu(x)\n");
}

TEST(Layout, TheContentOfTheLastBracketsGoesToALineOfItsOwn) {
  EXPECT_EQ(laid_out("self.convolution = nn.Conv2d(in_channels, out_channels, kernel_size=3, "
                     "padding=1, bias=False)",
                     8),
            "        self.convolution = nn.Conv2d(\n"
            "            in_channels, out_channels, kernel_size=3, padding=1, bias=False\n"
            "        )\n");
}

TEST(Layout, ElementsThatDoNotFitStandOneALineWithATrailingComma) {
  const std::string name(40, 'a');
  EXPECT_EQ(laid_out("x = f(" + name + ", " + name + ", [1, 2])", 0),
            "x = f(\n    " + name + ",\n    " + name + ",\n    [1, 2],\n)\n");
}

TEST(Layout, ElementsOfADisplayStandOneALine) {
  const std::string name(40, 'a');
  EXPECT_EQ(laid_out("value = [" + name + ", " + name + "]", 0),
            "value = [\n    " + name + ",\n    " + name + ",\n]\n");
  EXPECT_EQ(laid_out("value = f[" + name + ", " + name + "]", 0),
            "value = f[\n    " + name + ", " + name + "\n]\n");
}

TEST(Layout, AComprehensionIsBrokenAtItsLoop) {
  const std::string name(80, 'a');
  EXPECT_EQ(laid_out("x = [" + name + " for _ in range(3)]", 0),
            "x = [\n    " + name + "\n    for _ in range(3)\n]\n");
}

TEST(Layout, CommasAndBracketsInStringsSplitNothing) {
  const std::string name(74, 'a');
  EXPECT_EQ(laid_out("x = f(\"a, (b\", " + name + ")", 0),
            "x = f(\n    \"a, (b\", " + name + "\n)\n");
}

TEST(Layout, SeveralOperatorsAreWrappedInParentheses) {
  const std::string name(30, 'a');
  EXPECT_EQ(laid_out("x = " + name + " + " + name + " + " + name, 0),
            "x = (\n    " + name + "\n    + " + name + "\n    + " + name + "\n)\n");
}

TEST(Layout, AChoiceIsBrokenAtItsWords) {
  const std::string name(40, 'a');
  EXPECT_EQ(laid_out("x = f(" + name + ") if y else g(" + name + ")", 0),
            "x = (\n    f(" + name + ")\n    if y\n    else g(" + name + ")\n)\n");
}

TEST(Layout, AHeadOfAFunctionIsBrokenAtItsParameters) {
  const std::string name(40, 'a');
  EXPECT_EQ(laid_out("def f(" + name + ", " + name + "):", 0),
            "def f(\n    " + name + ", " + name + "\n):\n");
  const std::string three = name + ", " + name + ", " + name;
  EXPECT_EQ(laid_out("def f(" + three + "):", 0),
            "def f(\n    " + name + ",\n    " + name + ",\n    " + name + ",\n):\n");
}

}  // namespace
}  // namespace twingrad
