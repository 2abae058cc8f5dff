#include <set>
#include <sstream>

#include "exporters/xml_text.h"
#include "parity/report.h"

namespace twingrad {
namespace {

constexpr size_t kLongestMessage = 1000;  // an attribute; the whole text stands in the element

struct Counts {
  size_t tests = 0;
  size_t failures = 0;
  size_t skipped = 0;

  void add(const Counts& other) {
    tests += other.tests;
    failures += other.failures;
    skipped += other.skipped;
  }
};

class JunitWriter {
 public:
  // One test for each leg and tensor; a case or leg without any is one test.
  Counts write_case(std::ostream& out, const CaseReport& item) {
    counts_ = {};
    const std::string place = item.target + "/" + item.name;
    for (const LegReport& leg : item.legs) {
      const std::string class_name =
          place + "." + leg.leg + (leg.left.empty() ? "" : "." + leg.left);
      for (const TensorVerdict& tensor : leg.tensors) {
        write_test(out, class_name, tensor.kind + " " + tensor.name, tensor.verdict, tensor.reason);
      }
      if (leg.tensors.empty()) write_test(out, class_name, leg.leg, leg.verdict, leg.note);
    }
    const bool untold = item.legs.empty() || !item.error.empty();
    if (untold) write_test(out, place, "case", item.verdict, item.error);
    return counts_;
  }

 private:
  // Readers of JUnit take two tests of one name for runs of one test: the second becomes "NAME #2".
  std::string unique(const std::string& class_name, const std::string& name) {
    std::string candidate = name;
    for (size_t number = 2; !names_.insert(class_name + '\n' + candidate).second; ++number) {
      candidate = name + " #" + std::to_string(number);
    }
    return candidate;
  }

  void write_test(std::ostream& out, const std::string& class_name, const std::string& name,
                  Verdict verdict, const std::string& reason) {
    ++counts_.tests;
    out << "    <testcase classname=\"" << xml_text(class_name) << "\" name=\""
        << xml_text(unique(class_name, name)) << "\"";
    if (verdict == Verdict::kPassed) {
      out << "/>\n";
      return;
    }
    const bool failed = verdict == Verdict::kFailed;
    (failed ? counts_.failures : counts_.skipped) += 1;
    const char* element = failed ? "failure" : "skipped";
    out << "><" << element << " message=\"" << xml_text(reason.substr(0, kLongestMessage)) << "\"";
    if (reason.size() > kLongestMessage) {
      out << ">" << xml_text(reason) << "</" << element << "></testcase>\n";
    } else {
      out << "/></testcase>\n";
    }
  }

  std::set<std::string> names_;
  Counts counts_;
};

}  // namespace

std::string report_junit(const CheckReport& report) {
  JunitWriter writer;
  std::ostringstream suites;
  Counts total;
  for (const CaseReport& item : report.cases) {
    std::ostringstream tests;
    const Counts counts = writer.write_case(tests, item);
    suites << "  <testsuite name=\"" << xml_text(item.target + "/" + item.name) << "\" tests=\""
           << counts.tests << "\" failures=\"" << counts.failures << "\" errors=\"0\" skipped=\""
           << counts.skipped << "\" time=\"" << item.seconds << "\">\n"
           << tests.str() << "  </testsuite>\n";
    total.add(counts);
  }
  std::ostringstream out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"twingrad check\" tests=\""
      << total.tests << "\" failures=\"" << total.failures << "\" errors=\"0\" skipped=\""
      << total.skipped << "\">\n"
      << suites.str() << "</testsuites>\n";
  return out.str();
}

}  // namespace twingrad
