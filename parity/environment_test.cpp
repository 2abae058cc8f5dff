#include "parity/environment.h"

#include <gtest/gtest.h>

#include <cfenv>
#include <map>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace twingrad {
namespace {

std::string entry(const std::string& key) {
  ThreadPool pool(1);
  const auto entries = environment(pool);
  for (const auto& [name, value] : entries) {
    if (name == key) return value;
  }
  return "missing";
}

TEST(Environment, EveryEntryHasANameOfItsOwnAndAValue) {
  ThreadPool pool(2);
  std::map<std::string, std::string> seen;
  for (const auto& [name, value] : environment(pool)) {
    EXPECT_TRUE(seen.emplace(name, value).second) << name;
    EXPECT_FALSE(value.empty()) << name;
  }
  EXPECT_EQ(seen.at("threads"), "2");
  EXPECT_TRUE(seen.at("openblas").starts_with("OpenBLAS ")) << seen.at("openblas");
}

TEST(Environment, NamesTheRoundingModeInForce) {
  EXPECT_EQ(entry("rounding"), "to nearest");
  std::fesetround(FE_UPWARD);
  const std::string upward = entry("rounding");
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(upward, "upward");
}

#if defined(__x86_64__)
TEST(Environment, SaysWhatHappensToDenormals) {
  constexpr unsigned kFlushToZero = 0x8000;
  constexpr unsigned kDenormalsAreZero = 0x0040;
  const unsigned before = _mm_getcsr();
  const auto with = [before](unsigned bits) {
    _mm_setcsr(before | bits);
    std::string text = entry("denormals");
    _mm_setcsr(before);
    return text;
  };
  EXPECT_EQ(with(0), "kept");
  EXPECT_EQ(with(kFlushToZero), "flushed to zero");
  EXPECT_EQ(with(kDenormalsAreZero), "zero as operands");
  EXPECT_EQ(with(kFlushToZero | kDenormalsAreZero), "flushed to zero, and zero as operands");
}
#endif

}  // namespace
}  // namespace twingrad
