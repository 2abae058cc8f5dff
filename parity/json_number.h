#pragma once

#include <nlohmann/json.hpp>

namespace twingrad {

// A number of a report. JSON has no NaN and no infinities: they are written as the strings that
// Python prints.
nlohmann::ordered_json json_number(double value);

}  // namespace twingrad
