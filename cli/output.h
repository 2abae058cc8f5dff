#pragma once

#include <cstddef>
#include <string>

#include "parity/question.h"
#include "parity/report.h"

namespace twingrad {

// Columns of the terminal behind standard output; 100 where there is none.
size_t terminal_columns();
// Whether standard output is a terminal that wants colour (NO_COLOR unset, TERM not dumb).
bool terminal_colour();

// Prints a comparison that did not pass on standard error; returns its exit code.
int complain(const CaseReport& report);

// `text` to a file, atomically; "-" is standard output.
void write_text(const std::string& path, const std::string& text);

// A name of foreign origin for the terminal: control characters escaped.
std::string printable(const std::string& name);
// The same as a file name that stays in its folder: separators and control characters become '_'.
std::string file_name_for(const std::string& name);

// The first elements on one line: "[0.25, -1, ... 62 more]".
std::string preview(const Tensor& tensor);
// {"name": {"type": "float", "shape": [2], "values": [...]}}; NaN and infinities as strings. A
// sequence is {"sequence": [...]}, a map {"keys": {...}, "values": [...]}, an optional without
// value null.
std::string data_json(const NamedData& data);

}  // namespace twingrad
