#pragma once

#include <map>
#include <string>

#include "ir/model.h"
#include "parity/targets.h"

namespace twingrad {

// A case as a bundle of one case, with its model under "model.onnx" (or .json). What it expects is
// what the bundle records; draws that are inputs of its graph stay inputs.
struct CaseBundle {
  Bundle bundle;
  std::map<std::string, Model> models;
};

// `framework` and `version` are those of whoever computed what the case expects. Throws Error
// (unsupported) for inputs that are no tensors; outputs that are none are left out.
CaseBundle case_bundle(const ParityCase& item, const std::string& framework,
                       const std::string& version);

}  // namespace twingrad
