#pragma once

#include <string>

#include "cli/model_options.h"

namespace twingrad {

// What --repair says: empty: it is not given; "all": what is done by default; else names.
Flag declare_repair(FlagSet& app, std::string& repair);

// The model as --repair asks for it; prints what was done. Where `verified`, each repair is held to
// what it started from. Throws Error for a name that is no repair; false where a repair changed the
// function, which is printed.
bool repair_model(const ModelOptions& options, const std::string& repair, bool verified,
                  Model& model);

}  // namespace twingrad
