#pragma once

#include <vector>

#include "importers/onnx/upgrade/upgrade.h"

namespace twingrad {

// The upgrade rows, a family a file. What changed when is ONNX's Changelog.md.
std::vector<UpgradeRow> constant_upgrades();
std::vector<UpgradeRow> broadcast_upgrades();
std::vector<UpgradeRow> input_upgrades();
std::vector<UpgradeRow> default_upgrades();
std::vector<UpgradeRow> normalization_upgrades();
std::vector<UpgradeRow> pooling_upgrades();
std::vector<UpgradeRow> scan_upgrades();
std::vector<UpgradeRow> label_upgrades();

}  // namespace twingrad
