#include <sstream>

#include "exporters/xml_text.h"
#include "parity/report.h"

namespace twingrad {
namespace {

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ok:#1a7f37;--bad:#cf222e;--part:#9a6700;--line:#8884}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
@media(prefers-color-scheme:dark){:root{--ok:#3fb950;--bad:#f85149;--part:#d29922}}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}
.passed{color:var(--ok)}.failed{color:var(--bad)}.incomplete{color:var(--part)}
summary{cursor:pointer}code{overflow-wrap:anywhere})";

void write_verdict(std::ostream& out, Verdict verdict) {
  out << "<span class=\"" << verdict_name(verdict) << "\">" << verdict_name(verdict) << "</span>";
}

void write_tensor(std::ostream& out, const TensorVerdict& tensor) {
  out << "<tr><td>" << xml_text(tensor.kind) << "</td><td><code>" << xml_text(tensor.name)
      << "</code></td><td>";
  write_verdict(out, tensor.verdict);
  out << "</td>";
  for (const double value : {tensor.max_abs, tensor.needed_rtol, tensor.left, tensor.right}) {
    out << "<td class=n>" << value << "</td>";
  }
  out << "<td class=n>" << tensor.ulp << "</td><td>" << xml_text(tensor.reason) << "</td></tr>\n";
}

void write_leg(std::ostream& out, const LegReport& leg) {
  out << "<details" << (leg.verdict == Verdict::kPassed ? "" : " open") << "><summary>"
      << xml_text(leg.leg) << ": " << xml_text(leg.left) << " against " << xml_text(leg.right)
      << " &ndash; ";
  write_verdict(out, leg.verdict);
  out << "</summary>\n";
  if (!leg.note.empty()) out << "<p>" << xml_text(leg.note) << "</p>\n";
  out << "<table><tr><th>kind<th>tensor<th>verdict<th>largest error<th>needed rtol<th>left<th>right"
         "<th>ULP<th>reason</tr>\n";
  for (const TensorVerdict& tensor : leg.tensors) write_tensor(out, tensor);
  out << "</table></details>\n";
}

}  // namespace

std::string report_html(const CheckReport& report) {
  std::ostringstream out;
  out.precision(9);
  out << "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
         "<meta name=viewport content=\"width=device-width\"><title>twingrad check</title><style>"
      << kStyle << "</style></head><body>\n<h1>twingrad check</h1>\n<p>" << report.cases.size()
      << " cases: <span class=passed>" << report.count(Verdict::kPassed)
      << " passed</span>, <span class=failed>" << report.count(Verdict::kFailed)
      << " failed</span>, <span class=incomplete>" << report.count(Verdict::kIncomplete)
      << " incomplete</span></p>\n";
  for (const CaseReport& item : report.cases) {
    out << "<h2><code>" << xml_text(item.target + "/" + item.name) << "</code> ";
    write_verdict(out, item.verdict);
    out << "</h2>\n";
    if (!item.error.empty()) out << "<p>" << xml_text(item.error) << "</p>\n";
    for (const LegReport& leg : item.legs) write_leg(out, leg);
  }
  out << "<h2>environment</h2><table>\n";
  for (const auto& [key, value] : report.environment) {
    out << "<tr><td>" << xml_text(key) << "</td><td>" << xml_text(value) << "</td></tr>\n";
  }
  out << "</table></body></html>\n";
  return out.str();
}

}  // namespace twingrad
