#include "importers/json_text.h"

#include <gtest/gtest.h>

#include <cmath>

#include "importers/expect_error.h"

namespace twingrad {
namespace {

void expect_refused_text(std::string_view text, std::string_view reason) {
  expect_error([&] { (void)JsonDocument::parse(text); }, reason);
}

std::string nested(int depth) {
  return std::string(static_cast<size_t>(depth), '[') +
         std::string(static_cast<size_t>(depth), ']');
}

TEST(JsonText, ReadsEveryKindOfValueInTheOrderOfTheText) {
  const auto document = JsonDocument::parse(
      R"( {"z": [1, -2, 3.5, 1e2], "a": {"t": true, "f": false, "n": null}, "s": "\u00e9\ud83d\ude00"} )");
  const JsonView root = document.root();
  const auto members = root.members();
  ASSERT_EQ(members.size(), 3);
  EXPECT_EQ(members[0].first, "z");
  EXPECT_EQ(members[1].first, "a");
  EXPECT_EQ(members[2].first, "s");
  EXPECT_EQ(root.at("z").numbers(), (std::vector<double>{1, -2, 3.5, 100}));
  EXPECT_EQ(root.at("z").size(), 4);
  EXPECT_TRUE(root.at("a").at("t").boolean());
  EXPECT_FALSE(root.at("a").at("f").boolean());
  EXPECT_TRUE(root.at("a").at("n").is_null());
  EXPECT_FALSE(root.at("a").find("missing").has_value());
  EXPECT_EQ(root.at("s").string(), "\u00e9\U0001f600");
}

TEST(JsonText, ViewsOutliveAMoveOfTheirDocument) {
  auto document = JsonDocument::parse("[7]");
  const JsonView item = document.root().items()[0];
  const JsonDocument moved = std::move(document);
  EXPECT_EQ(item.integer(), 7);
}

TEST(JsonText, ErrorsNameThePathOfTheValue) {
  const auto document =
      JsonDocument::parse(R"({"nodes": [0, {"a b": 1}, 2, {"attributes": {"axis": 3.7}}]})");
  const auto nodes = document.root().at("nodes").items();
  expect_error([&] { (void)nodes[3].at("attributes").at("axis").integer(); },
               "$.nodes[3].attributes.axis: expected an integer, found 3.7");
  expect_error([&] { (void)nodes[1].at("a b").string(); },
               "$.nodes[1]['a b']: expected a string, found 1");
  expect_error([&] { (void)nodes[3].at("x"); }, "$.nodes[3]: the key 'x' is missing");
  expect_error([&] { (void)nodes[2].at("x"); }, "$.nodes[2]: expected an object, found 2");
  expect_error([&] { nodes[1].refuse_keys_other_than({"a"}); }, "$.nodes[1]: unknown key 'a b'");
  nodes[1].refuse_keys_other_than({"a", "a b"});
}

TEST(JsonText, IntegersAreNeitherRoundedNorWrapped) {
  const auto document = JsonDocument::parse(
      R"([3.0, 1e3, "12", 1e10, 10000000000, 9223372036854775807, 9223372036854775808,
          18446744073709551615, 18446744073709551616, -9223372036854775808, -1, -0, true, null])");
  const auto items = document.root().items();
  for (const size_t wrong : {0U, 1U, 2U, 3U, 6U, 7U, 8U, 11U, 12U, 13U}) {
    expect_error([&] { (void)items[wrong].integer(); }, "expected an integer");
  }
  EXPECT_EQ(items[4].integer(), 10'000'000'000);
  expect_error([&] { (void)items[4].integer(0, INT32_MAX); }, "from 0 to 2147483647, found 10000");
  EXPECT_EQ(items[5].integer(), INT64_MAX);
  EXPECT_EQ(items[7].unsigned_integer(), UINT64_MAX);
  EXPECT_EQ(items[9].integer(), INT64_MIN);
  expect_error([&] { (void)items[10].unsigned_integer(); }, "not negative, found -1");
  EXPECT_TRUE(std::signbit(items[11].number()));
  EXPECT_EQ(items[8].number(), 18446744073709551616.0);
}

TEST(JsonText, NestingIsLimited) {
  EXPECT_TRUE(JsonDocument::parse(nested(kJsonDepthLimit)).root().is_array());
  expect_refused_text(nested(kJsonDepthLimit + 1), "JSON nesting exceeds 64 at byte 64");
  expect_refused_text(std::string(1'000'000, '['), "JSON nesting exceeds 64 at byte 64");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  expect_refused_text(objects, "JSON nesting exceeds 64 at byte 320");
}

TEST(JsonText, WhatIsNotJsonIsRefusedWithItsOffset) {
  expect_refused_text("", "empty");
  expect_refused_text("[1, 2", "at byte 5");
  expect_refused_text("[1,]", "at byte 3");
  expect_refused_text("{\"a\":1,}", "at byte 7");
  expect_refused_text("[1] // x", "at byte 4");
  expect_refused_text("[/* x */]", "at byte 1");
  expect_refused_text("\xef\xbb\xbf[]", "byte order mark");
  expect_refused_text("[\"\xff\"]", "UTF-8");
  expect_refused_text("[\"\xc0\xaf\"]", "UTF-8");
  expect_refused_text(R"(["\ud800"])", "surrogate");
  expect_refused_text(R"(["\udc00x"])", "surrogate");
  expect_refused_text(std::string_view("[1]\0", 4), "at byte 3: a NUL");
  expect_refused_text(std::string_view("[\"a\0b\"]", 7), "at byte 3: a NUL");
  expect_refused_text("[1] x", "at byte 4");
  expect_refused_text("{}{}", "at byte 2");
  expect_refused_text("[\"a\nb\"]", "at byte 3");
  expect_refused_text("[NaN]", "at byte 1");
  expect_refused_text("[Infinity]", "at byte 1");
  expect_refused_text("[-Infinity]", "at byte 2");
  expect_refused_text("[1e400]", "number overflow");
  expect_refused_text("[01]", "at byte 2");
  expect_refused_text("[+1]", "at byte 1");
  expect_refused_text("['a']", "at byte 1");
}

TEST(JsonText, DuplicateKeysAreRefused) {
  expect_refused_text(R"({"a": {"k": 1, "b": 2, "k": 1}})", "$.a: duplicate key 'k'");
  expect_refused_text(R"([0, {"\u0061": 1, "a": 2}])", "$[1]: duplicate key 'a'");
  EXPECT_EQ(JsonDocument::parse(R"([{"a": 1}, {"a": {"a": 2}}])").root().size(), 2);
}

TEST(JsonText, SizeIsLimitedBeforeParsing) {
  expect_error([] { (void)JsonDocument::parse("[1, 2]", 5); }, "more than the limit of 5");
}

TEST(JsonText, MessagesNeitherRepeatTheFileNorItsControlCharacters) {
  const std::string text = "[\"" + std::string(100'000, 'x') + "\x1b";
  try {
    (void)JsonDocument::parse(text);
    FAIL();
  } catch (const Error& error) {
    EXPECT_LT(std::string_view(error.what()).size(), 300);
  }
  const auto document = JsonDocument::parse("{\"\\u001b[31m\": 1}");
  expect_error([&] { (void)document.root().members()[0].second.string(); }, "\\x1b[31m");
}

TEST(JsonText, EveryTruncationAndBitFlipIsAResultOrAnError) {
  const std::string good =
      R"({"a": [1, -2.5e3, "\u00e9\n", null, true], "b": {"c": {}, "d": []}, "e": "text"})";
  for (size_t length = 0; length < good.size(); ++length) {
    expect_refused_text(std::string_view(good).substr(0, length), "");
  }
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string damaged = good;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      EXPECT_TRUE(JsonDocument::parse(damaged).root().is_object());
    } catch (const Error& error) {
      EXPECT_STRNE(error.what(), "");
    }
  }
}

}  // namespace
}  // namespace twingrad
