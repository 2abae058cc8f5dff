#pragma once

#include <string>

#include "parity/report.h"

namespace twingrad {

// What the page's script shows, as JSON that may stand in a script element: lists of the names of
// cases, legs, kinds and reasons, and for each tensor a row of numbers in these lists and figures
// (page.js has the columns). Figures are null where nothing was compared.
std::string table_data(const CheckReport& report);

}  // namespace twingrad
