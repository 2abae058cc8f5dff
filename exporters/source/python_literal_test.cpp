#include "exporters/source/python_literal.h"

#include <gtest/gtest.h>

#include <limits>

#include "exporters/source/code.h"

namespace twingrad {
namespace {

TEST(PythonLiteral, RealsAreShortestInTheirPrecisionAndNeverIntegers) {
  EXPECT_EQ(python_real(1, DataType::kFloat).text, "1.0");
  EXPECT_EQ(python_real(static_cast<double>(0.1F), DataType::kFloat).text, "0.1");
  EXPECT_EQ(python_real(static_cast<double>(0.1F), DataType::kDouble).text, "0.10000000149011612");
  EXPECT_EQ(python_real(1e-5, DataType::kFloat).text, "1e-05");
  EXPECT_EQ(python_real(std::numeric_limits<double>::infinity(), DataType::kFloat).text,
            "float(\"inf\")");
  EXPECT_EQ(python_real(-0.0, DataType::kFloat).text, "-0.0");
}

TEST(PythonLiteral, NamesOfModelsCannotLeaveTheirQuotes) {
  EXPECT_EQ(python_string("a\"; import os #\\\n").text, "\"a\\\"; import os #\\\\\\x0a\"");
}

TEST(PythonLiteral, IdentifiersAreNoKeywordsAndBeginWithALetter) {
  EXPECT_EQ(python_identifier("lambda"), "lambda_");
  EXPECT_EQ(python_identifier("3x"), "_3x");
  EXPECT_EQ(python_identifier("/layers.0/fc1/Gemm_output_0"), "layers_0_fc1_Gemm_output_0");
  EXPECT_EQ(python_identifier("\xC3\xA9"), "");
  EXPECT_FALSE(is_python_identifier("a b"));
}

TEST(PythonLiteral, ATupleOfOneHasItsComma) {
  EXPECT_EQ(python_tuple(std::vector<int64_t>{7}).text, "(7,)");
  EXPECT_EQ(python_tuple(std::vector<int64_t>{}).text, "()");
}

TEST(Code, ParenthesesStandWhereTheyAreNeeded) {
  const Code sum = infix({"a"}, "+", {"b"});
  EXPECT_EQ(infix(sum, "*", {"c"}).text, "(a + b) * c");
  EXPECT_EQ(infix({"c"}, "-", sum).text, "c - (a + b)");
  EXPECT_EQ(infix(sum, "-", {"c"}).text, "a + b - c");
  EXPECT_EQ(negated(sum).text, "-(a + b)");
  EXPECT_EQ(infix(infix({"a"}, "<", {"b"}), "==", {"c"}).text, "(a < b) == c");
  EXPECT_EQ(method(sum, "sum", {}).text, "(a + b).sum()");
}

}  // namespace
}  // namespace twingrad
