#pragma once

#include <string>
#include <vector>

#include "parity/report.h"

namespace twingrad {

// What the forms of a report say alike, each on one line and without markup.

// "3 cases", "1 case".
std::string counted(size_t count, const std::string& one);

// "target/name".
std::string case_name(const CaseReport& item);

// What names a tensor's comparison: "reference, static/openblas: gradient W1".
std::string comparison_name(const LegReport& leg, const TensorVerdict& tensor);

// "at [0,1] 0.5 where 0.25 is expected, 3 ULP"; empty where no element was compared.
std::string worst_element(const TensorVerdict& tensor);

// The tensors that did not pass, of a leg that compared none its note, and the case's error:
// "COMPARISON: REASON". Failed ones first.
std::vector<std::string> complaints(const CaseReport& item);

// What a leg shows in one cell: its verdict, and where it passed "equal" or the largest error;
// "-" for a leg that the case does not have.
std::string leg_summary(const CaseReport& item, std::string_view name);

// "29 cases: 28 passed, 1 failed, 0 incomplete", and "3485 tensors compared, 2 skipped".
std::string case_counts(const CheckReport& report);
std::string tensor_counts(const Coverage& coverage);

// Why a case most likely failed; empty where nothing is known.
std::string likeliest_cause(const CaseReport& item);

// The report in a few lines: first the verdict with its counts, then the likeliest causes, each
// with the number of cases, or where none is known the first complaint.
std::vector<std::string> headline(const CheckReport& report);

}  // namespace twingrad
