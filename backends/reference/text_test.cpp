#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Strings = std::vector<std::string>;

Tensor strings(Strings values) {
  return Tensor::of_strings({static_cast<int64_t>(values.size())}, values);
}

Strings texts(const Tensor& tensor) {
  return {tensor.strings().begin(), tensor.strings().end()};
}

TEST(ReferenceStringSplit, SplitsAsPythonDoes) {
  const auto split = [](const char* text, Attributes attributes) {
    return texts(evaluate({.op = "StringSplit",
                           .inputs = {strings({text})},
                           .attributes = std::move(attributes),
                           .output_count = 2})[0]);
  };
  EXPECT_EQ(split("  a  b ", {}), (Strings{"a", "b"}));
  EXPECT_EQ(split(" a b  c ", {{"maxsplit", int64_t{1}}}), (Strings{"a", "b  c"}));
  EXPECT_EQ(split("a--b", {{"delimiter", std::string("-")}}), (Strings{"a", "", "b"}));
  EXPECT_EQ(split("", {}), Strings{});
}

TEST(ReferenceStringNormalizer, KnowsLettersBeyondAscii) {
  const Tensor y = evaluate({.op = "StringNormalizer",
                             .inputs = {strings({"Ärger", "ÄRGER", "ok"})},
                             .attributes = {{"case_change_action", std::string("UPPER")},
                                            {"stopwords", Strings{"OK"}}}})[0];
  EXPECT_EQ(texts(y), (Strings{"ÄRGER", "ÄRGER"}));
}

TEST(ReferenceRegexFullMatch, RefusesPatternsThatAreNone) {
  const auto match = [](const char* pattern) {
    return evaluate({.op = "RegexFullMatch",
                     .inputs = {strings({"ab"})},
                     .attributes = {{"pattern", std::string(pattern)}}})[0];
  };
  EXPECT_EQ(numbers(match("a.")), std::vector<double>{1});
  EXPECT_EQ(numbers(match("a")), std::vector<double>{0});
  EXPECT_THROW(match("(a"), Error);
}

TEST(ReferenceTfIdf, RefusesPoolsThatDoNotFit) {
  const Attributes attributes = {{"min_gram_length", int64_t{2}},
                                 {"max_gram_length", int64_t{2}},
                                 {"max_skip_count", int64_t{0}},
                                 {"mode", std::string("TF")},
                                 {"ngram_counts", std::vector<int64_t>{0, 1}},
                                 {"ngram_indexes", std::vector<int64_t>{0, 1}},
                                 {"pool_int64s", std::vector<int64_t>{1, 2, 3, 4}}};
  EXPECT_THROW(evaluate({.op = "TfIdfVectorizer",
                         .inputs = {Tensor::of<int64_t>({2}, {1, 2})},
                         .attributes = attributes}),
               Error);
}

}  // namespace
}  // namespace twingrad
