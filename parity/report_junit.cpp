#include <sstream>

#include "exporters/xml_text.h"
#include "parity/report.h"

namespace twingrad {
namespace {

void write_test(std::ostream& out, const std::string& class_name, const std::string& name,
                Verdict verdict, const std::string& reason) {
  out << "    <testcase classname=\"" << xml_text(class_name) << "\" name=\"" << xml_text(name)
      << "\"";
  if (verdict == Verdict::kPassed) {
    out << "/>\n";
    return;
  }
  const char* element = verdict == Verdict::kFailed ? "failure" : "skipped";
  out << "><" << element << " message=\"" << xml_text(reason.substr(0, 1000))
      << "\"/></testcase>\n";
}

struct Counts {
  size_t tests = 0;
  size_t failures = 0;
  size_t skipped = 0;
};

// One test for each leg and tensor; a case without any is one test.
Counts write_case(std::ostream& out, const CaseReport& item) {
  Counts counts;
  const auto test = [&](const std::string& class_name, const std::string& name, Verdict verdict,
                        const std::string& reason) {
    ++counts.tests;
    counts.failures += verdict == Verdict::kFailed ? 1 : 0;
    counts.skipped += verdict == Verdict::kIncomplete ? 1 : 0;
    write_test(out, class_name, name, verdict, reason);
  };
  for (const LegReport& leg : item.legs) {
    const std::string place = item.target + "/" + item.name + "." + leg.leg + "." + leg.left;
    for (const TensorVerdict& tensor : leg.tensors) {
      test(place, tensor.kind + " " + tensor.name, tensor.verdict, tensor.reason);
    }
    if (leg.tensors.empty()) test(place, leg.leg, leg.verdict, leg.note);
  }
  if (item.legs.empty()) test(item.target, item.name, item.verdict, item.error);
  return counts;
}

}  // namespace

std::string report_junit(const CheckReport& report) {
  std::ostringstream suites;
  Counts total;
  for (const CaseReport& item : report.cases) {
    std::ostringstream tests;
    const Counts counts = write_case(tests, item);
    suites << "  <testsuite name=\"" << xml_text(item.target + "/" + item.name) << "\" tests=\""
           << counts.tests << "\" failures=\"" << counts.failures << "\" errors=\"0\" skipped=\""
           << counts.skipped << "\" time=\"" << item.seconds << "\">\n"
           << tests.str() << "  </testsuite>\n";
    total.tests += counts.tests;
    total.failures += counts.failures;
    total.skipped += counts.skipped;
  }
  std::ostringstream out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"twingrad check\" tests=\""
      << total.tests << "\" failures=\"" << total.failures << "\" errors=\"0\" skipped=\""
      << total.skipped << "\">\n"
      << suites.str() << "</testsuites>\n";
  return out.str();
}

}  // namespace twingrad
