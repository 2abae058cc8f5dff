#include "parity/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

namespace twingrad {
namespace {

using Json = nlohmann::json;

TensorVerdict tensor(const std::string& kind, const std::string& name, Verdict verdict,
                     const std::string& reason = "") {
  TensorVerdict result;
  result.kind = kind;
  result.name = name;
  result.verdict = verdict;
  result.reason = reason;
  if (verdict != Verdict::kIncomplete) result.index = {0, 1};
  return result;
}

// A case that passes, one that fails in a tensor with an awkward name, one that cannot be read; the
// second compares a tensor twice, as training runs do.
CheckReport sample() {
  CheckReport report;
  report.environment = {{"twingrad", "1.2.3"}};
  CaseReport good{"bundle", "good", Verdict::kPassed, "torch", {}, {}, 0.5};
  LegReport leg{"modes", "static/openblas", "eager/openblas", Verdict::kPassed, {}, {}};
  leg.add(tensor("output", "y", Verdict::kPassed));
  good.add(leg);
  CaseReport bad{"bundle", "bad", Verdict::kPassed, "torch", {}, {}, 0.25};
  bad.model = "bundle/a model.onnx";
  LegReport reference{"reference", "static/openblas", "torch 2", Verdict::kPassed, {}, {}};
  reference.add(tensor("gradient", "w<1>,:%", Verdict::kFailed, "differs\nby 50%"));
  reference.add(tensor("parameter", "w (step 2)", Verdict::kPassed));
  reference.add(tensor("parameter", "w (step 2)", Verdict::kIncomplete, "has no value here"));
  bad.add(reference);
  CaseReport broken{"bundle", "broken", Verdict::kFailed, "", {}, "no such file", 0};
  report.cases = {good, bad, broken};
  return report;
}

std::vector<std::string> matches_of(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) {
    found.push_back((*at)[1]);
  }
  return found;
}

TEST(Report, JunitHasOneTestForEachComparisonAndNoNameTwice) {
  const std::string xml = report_junit(sample());
  const auto names = matches_of(xml, "<testcase (classname=\"[^\"]*\" name=\"[^\"]*\")");
  EXPECT_EQ(names.size(), 5U) << xml;
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 5U) << xml;
  EXPECT_NE(xml.find("name=\"parameter w (step 2) #2\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("tests=\"5\" failures=\"2\" errors=\"0\" skipped=\"1\""), std::string::npos)
      << xml;
  EXPECT_NE(xml.find("gradient w&lt;1&gt;"), std::string::npos) << xml;
}

TEST(Report, JunitKeepsTheWholeOfALongReason) {
  CheckReport report = sample();
  report.cases[2].error = std::string(5000, 'x') + "end";
  const std::string xml = report_junit(report);
  EXPECT_NE(xml.find("xend</failure>"), std::string::npos);
}

TEST(Report, SarifHasAResultForEachTensorThatDidNotPass) {
  const Json run = Json::parse(report_sarif(sample()))["runs"][0];
  EXPECT_EQ(run["tool"]["driver"]["version"], "1.2.3");
  EXPECT_EQ(run["invocations"][0]["exitCode"], 1);
  ASSERT_EQ(run["results"].size(), 3U);
  const Json& failed = run["results"][0];
  EXPECT_EQ(failed["level"], "error");
  EXPECT_EQ(failed["ruleId"], "gradient-mismatch");
  EXPECT_EQ(failed["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "bundle/a%20model.onnx");
  EXPECT_NE(failed["message"]["text"].get<std::string>().find("differs\nby 50%"),
            std::string::npos);
  EXPECT_EQ(run["results"][1]["level"], "note");
  EXPECT_EQ(run["results"][2]["message"]["text"], "bundle/broken: case: no such file");
  std::set<std::string> rules;
  for (const Json& rule : run["tool"]["driver"]["rules"]) rules.insert(rule["id"]);
  std::set<std::string> prints;
  for (const Json& result : run["results"]) {
    EXPECT_TRUE(rules.contains(result["ruleId"]));
    prints.insert(result["partialFingerprints"]["twingradComparison/v1"]);
  }
  EXPECT_EQ(prints.size(), 3U);
}

TEST(Report, GithubAnnotationsAreOneEscapedLineACase) {
  const std::string lines = report_github(sample());
  EXPECT_EQ(std::ranges::count(lines, '\n'), 2);
  EXPECT_TRUE(
      lines.starts_with("::error file=bundle/a model.onnx,title=gradient parity%3A "
                        "bundle/bad::reference, static/openblas: gradient w<1>,:%25: "
                        "differs%0Aby 50%25%0A"))
      << lines;
  EXPECT_EQ(report_github(CheckReport{}), "");
}

TEST(Report, TheLikeliestCausesAreCountedInFront) {
  CheckReport report = sample();
  report.cases[0] = report.cases[1];
  report.cases[2] = report.cases[1];
  report.cases[2].legs[0].tensors[0].classification = "kink";
  report.cases[0].explanations = {{"sign", "matches if negated", {"gradient w"}}};
  report.cases[1].explanations = report.cases[0].explanations;
  EXPECT_TRUE(report_text(report, 100, false, false)
                  .starts_with("failed: 3 of 3 cases\n"
                               "  likeliest cause: sign: matches if negated (2 cases)\n"
                               "  also: kink: the nature of everything that failed (1 case)\n"));
  EXPECT_NE(report_github(report).find("::likeliest cause: sign: matches"), std::string::npos);
  EXPECT_NE(report_sarif(report).find("likeliest cause: sign"), std::string::npos);
  EXPECT_NE(report_html(report).find("likeliest cause: sign"), std::string::npos);
}

TEST(Report, TextStartsWithTheVerdictAndEndsWithTheCounts) {
  const std::string text = report_text(sample(), 100, false, false);
  EXPECT_TRUE(text.starts_with("failed: 2 of 3 cases\n  first: bundle/bad: reference")) << text;
  EXPECT_TRUE(
      text.ends_with("\n3 cases: 1 passed, 2 failed, 0 incomplete\n"
                     "3 tensors compared, 2 skipped\n"))
      << text;
  EXPECT_TRUE(report_text({}, 100, false, false).starts_with("incomplete: nothing")) << text;
  CheckReport good = sample();
  good.cases.resize(1);
  EXPECT_TRUE(report_text(good, 100, false, false).starts_with("passed: 1 case\n"));
}

// What stands in the page's element for its script.
Json data_of(const std::string& page) {
  constexpr std::string_view kStart = "id=data>";
  const size_t from = page.find(kStart) + kStart.size();
  return Json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST(Report, HtmlNeedsNothingElse) {
  const std::string page = report_html(sample());
  for (const char* part :
       {"src=", "href=\"http", "url(http", "@import", "fetch(", "<link", "import("}) {
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  }
  EXPECT_NE(page.find("prefers-color-scheme: dark"), std::string::npos);
  EXPECT_NE(page.find("failed: 2 of 3 cases"), std::string::npos);
}

TEST(Report, HtmlHasARowForEachComparison) {
  const Json data = data_of(report_html(sample()));
  ASSERT_EQ(data["rows"].size(), 4U);
  const Json& failed = data["rows"][1];
  EXPECT_EQ(data["cases"][failed[0].get<size_t>()], "bundle/bad");
  EXPECT_EQ(data["legs"][failed[1].get<size_t>()], "reference: static/openblas against torch 2");
  EXPECT_EQ(data["kinds"][failed[2].get<size_t>()], "gradient");
  EXPECT_EQ(failed[3], "w<1>,:%");
  EXPECT_EQ(failed[4], 2);
  EXPECT_EQ(failed[11], "[0,1]");
  EXPECT_EQ(data["reasons"][failed[12].get<size_t>()], "differs\nby 50%");
  EXPECT_TRUE(data["rows"][3][5].is_null());  // nothing was compared
}

TEST(Report, NamesCannotLeaveTheirPlaceInHtml) {
  const std::string name = "</script><script>alert(1)</script><!--";
  CheckReport report = sample();
  report.cases[1].name = report.cases[1].legs[0].tensors[0].name = name;
  report.cases[1].legs[0].left = report.cases[1].model = name;
  report.cases[2].error = report.environment[0].second = name;
  const std::string page = report_html(report);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_EQ(page.find("<!--"), std::string::npos);
  EXPECT_EQ(data_of(page)["rows"][1][3], name);
}

}  // namespace
}  // namespace twingrad
