#pragma once

#include <vector>

#include "importers/onnx/upgrade/upgrade.h"

namespace twingrad {

// The upgrade rows, a family a file.
std::vector<UpgradeRow> constant_upgrades();

}  // namespace twingrad
