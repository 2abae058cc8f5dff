#include <algorithm>
#include <array>
#include <sstream>

#include "exporters/drawing/drawing.h"
#include "exporters/xml_text.h"
#include "parity/report.h"
#include "parity/report_page/error_graph.h"
#include "parity/report_page/loss_curves.h"
#include "parity/report_page/page_texts.h"
#include "parity/report_page/table_data.h"
#include "parity/report_wording.h"

namespace twingrad {
namespace {

constexpr size_t kMostPageComplaints = 30;
constexpr size_t kMostOpen = 1;       // cases that are unfolded when the page opens
constexpr size_t kMostBoxes = 4'000;  // of all graphs; failed cases come first

const char* sign_of(Verdict verdict) {
  constexpr std::array<const char*, 3> kSigns = {"&#10003;", "&#9680;", "&#10007;"};
  return kSigns[static_cast<size_t>(verdict)];
}

std::string verdict_html(Verdict verdict) {
  const std::string name(verdict_name(verdict));
  return "<span class=\"" + name + "\">" + sign_of(verdict) + " " + name + "</span>";
}

Verdict verdict_of(const CheckReport& report) {
  const int code = report.exit_code();
  return code == 0 ? Verdict::kPassed : (code == 1 ? Verdict::kFailed : Verdict::kIncomplete);
}

void write_header(std::ostream& out, const CheckReport& report) {
  const Verdict verdict = verdict_of(report);
  out << "<header class=\"" << verdict_name(verdict) << "\"><h1>twingrad check</h1>\n";
  const std::vector<std::string> lines = headline(report);
  out << "<p class=verdict>" << sign_of(verdict) << " " << xml_text(lines.front()) << "</p>\n";
  for (size_t i = 1; i < lines.size(); ++i) {
    out << "<p class=cause>" << xml_text(lines[i]) << "</p>\n";
  }
  out << "<p class=quiet>" << xml_text(tensor_counts(report.coverage())) << "</p></header>\n";
}

void write_cases(std::ostream& out, const CheckReport& report) {
  out << "<h2>Cases</h2>\n<div class=\"scroll cases\" tabindex=0 role=region "
         "aria-label=cases><table>"
         "<thead><tr><th scope=col>case<th scope=col>verdict<th scope=col class=wide>modes<th "
         "scope=col class=wide>differences<th scope=col class=wide>reference</tr></thead>\n<tbody>";
  for (size_t i = 0; i < report.cases.size(); ++i) {
    const CaseReport& item = report.cases[i];
    out << "<tr><td><a href=\"#tensors-of\" data-case=" << i << "><code>"
        << xml_text(case_name(item)) << "</code></a><td>" << verdict_html(item.verdict);
    for (const char* leg : {"modes", "differences", "reference"}) {
      out << "<td class=\"n wide\">" << leg_summary(item, leg);
    }
    out << "</tr>\n";
  }
  out << "</tbody></table></div>\n";
}

void write_reasons(std::ostream& out, const CaseReport& item) {
  const std::vector<std::string> all = complaints(item);
  if (all.empty()) return;
  out << "<ul>";
  for (size_t i = 0; i < std::min(kMostPageComplaints, all.size()); ++i) {
    out << "<li>" << xml_text(all[i]) << "</li>\n";
  }
  if (all.size() > kMostPageComplaints) {
    out << "<li>and " << all.size() - kMostPageComplaints << " more in the table of tensors</li>";
  }
  out << "</ul>\n";
}

void write_causes(std::ostream& out, const CaseReport& item) {
  if (!item.blame.empty()) out << "<p>" << xml_text(item.blame) << "</p>\n";
  for (const LegReport& leg : item.legs) {
    if (!leg.first_divergence) continue;
    out << "<p>" << xml_text(leg.left + ": " + leg.first_divergence->reason) << "</p>\n";
  }
  if (item.explanations.empty()) return;
  out << "<h3>Likeliest cause</h3><ul>";
  for (const Explanation& one : item.explanations) {
    out << "<li>" << xml_text(one.cause + ": " + one.sentence) << " ("
        << counted(one.tensors.size(), "tensor") << ")</li>\n";
  }
  out << "</ul>\n";
}

void write_kink_list(std::ostream& out, const CaseReport& item) {
  if (item.kinks.empty()) return;
  out << "<h3>Points without a single derivative</h3><ul>";
  for (const KinkCount& count : item.kinks) {
    out << "<li>" << xml_text(count.op + " " + count.node) << ": "
        << counted(static_cast<size_t>(count.elements), "element") << " at a " << count.nature
        << "</li>\n";
  }
  out << "</ul>\n";
}

void write_graph(std::ostream& out, const CaseReport& item, size_t& boxes) {
  if (!item.picture) return;
  Picture picture = *item.picture;
  for (const Panel& panel : picture.panels) boxes += panel.boxes.size();
  if (boxes > kMostBoxes) return;
  mark_errors(picture, item);
  out << "<h3>Errors in the graph</h3><p class=key><span class=e0k>equal</span><span class=e1k>to "
         "1e-7</span><span class=e2k>to 1e-6</span><span class=e3k>to 1e-5</span><span "
         "class=e4k>to "
         "1e-4</span><span class=e5k>above</span><span class=badk>failed</span></p>\n"
         "<div class=\"scroll tall\" tabindex=0 role=region aria-label=\"graph\">"
      << inline_svg_text(picture) << "</div>\n";
}

// Cases with something to tell besides their rows in the table.
void write_details(std::ostream& out, const CheckReport& report, bool passed, size_t& boxes) {
  size_t open = 0;
  for (const CaseReport& item : report.cases) {
    if ((item.verdict == Verdict::kPassed) != passed) continue;
    const std::string curves = loss_curves(item);
    if (passed && curves.empty() && (!item.picture || boxes > kMostBoxes)) continue;
    out << "<details" << (!passed && open++ < kMostOpen ? " open" : "") << "><summary>"
        << verdict_html(item.verdict) << " <code>" << xml_text(case_name(item))
        << "</code></summary>\n";
    write_causes(out, item);
    write_kink_list(out, item);
    write_reasons(out, item);
    if (!curves.empty()) out << "<h3>Losses</h3><div class=scroll>" << curves << "</div>\n";
    write_graph(out, item, boxes);
    out << "</details>\n";
  }
}

void write_select(std::ostream& out, const char* id, const char* label) {
  out << "<label>" << label << "<select id=" << id << "><option value=\"\">all</option>";
  if (std::string_view(id) == "verdict") {
    out << "<option value=2>failed<option value=1>incomplete<option value=0>passed";
  }
  out << "</select></label>";
}

void write_table(std::ostream& out) {
  out << "<h2 id=tensors-of>Tensors</h2>\n<noscript>The table needs JavaScript.</noscript>"
         "<div class=filters><label class=text>words in case, name or reason<input id=text "
         "type=search></label>";
  write_select(out, "verdict", "verdict");
  write_select(out, "case", "case");
  write_select(out, "leg", "leg");
  write_select(out, "kind", "kind");
  out << "</div><p id=count class=quiet role=status></p>\n<div id=window class=window tabindex=0 "
         "role=region aria-label=\"tensors\"><table id=tensors><thead><tr id=heads></tr></thead>"
         "<tbody id=rows></tbody></table></div>\n<div id=chosen class=\"chosen-tensor quiet\" "
         "aria-live=polite>A tensor's name shows its worst element and its reason here.</div>\n"
         "<div class=charts><figure><figcaption>Relative errors</figcaption><svg id=histogram "
         "class=chart viewBox=\"0 0 560 230\" role=img aria-label=\"histogram of relative errors\" "
         "aria-describedby=histogram-caption></svg><figcaption id=histogram-caption></figcaption>"
         "</figure><figure><figcaption>Relative error against magnitude</figcaption><canvas "
         "id=scatter class=chart role=img aria-label=\"relative error against magnitude\" "
         "aria-describedby=scatter-caption></canvas><figcaption id=scatter-caption></figcaption>"
         "</figure></div>\n";
}

void write_environment_table(std::ostream& out, const CheckReport& report) {
  out << "<h2>Environment</h2><div class=scroll><table>\n";
  for (const auto& [key, value] : report.environment) {
    out << "<tr><th scope=row>" << xml_text(key) << "<td>" << xml_text(value) << "</tr>\n";
  }
  out << "</table></div><details><summary>Models and inputs</summary><ul>\n";
  for (const CaseReport& item : report.cases) {
    if (item.model.empty()) continue;
    out << "<li><code>" << xml_text(case_name(item)) << "</code>: conventions "
        << xml_text(item.conventions) << "; model <code>" << xml_text(item.model)
        << "</code>, SHA-256 <code>" << item.model_sha256 << "</code>; inputs, SHA-256 <code>"
        << item.inputs_sha256 << "</code></li>\n";
  }
  out << "</ul></details>\n";
}

}  // namespace

std::string report_html(const CheckReport& report) {
  std::ostringstream out;
  out << "<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport "
         "content=\"width=device-width,initial-scale=1\"><title>"
      << verdict_name(verdict_of(report)) << " - twingrad check</title>\n<style>" << kPageStyle
      << "</style></head><body>\n<svg width=0 height=0 style=\"position:absolute\" "
         "aria-hidden=true><defs>"
      << kArrowHead << "</defs></svg>\n";
  write_header(out, report);
  size_t boxes = 0;
  out << "<main>\n";
  write_details(out, report, false, boxes);
  write_cases(out, report);
  write_table(out);
  std::ostringstream passed;
  write_details(passed, report, true, boxes);
  if (!passed.str().empty()) out << "<h2>Graphs and losses</h2>\n" << passed.str();
  if (boxes > kMostBoxes) {
    out << "<p class=quiet>Not all graphs are drawn: the page would grow too large. "
           "<code>--only</code> narrows a report.</p>\n";
  }
  write_environment_table(out, report);
  out << "</main>\n<script type=\"application/json\" id=data>" << table_data(report)
      << "</script>\n<script>" << kPageScript << "</script></body></html>\n";
  return out.str();
}

}  // namespace twingrad
