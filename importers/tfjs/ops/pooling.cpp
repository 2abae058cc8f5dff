#include "importers/tfjs/ops/node_window.h"

namespace twingrad {
namespace {

const TfOpRow kPoolingRows[] = {
    {"AvgPool",
     {},
     [](const OpCall& c) { return std::vector{average_pool(c.input(0), read_window(c, 2))}; }},
    {"AvgPool3D",
     {},
     [](const OpCall& c) { return std::vector{average_pool(c.input(0), read_window(c, 3))}; }},
    {"MaxPool",
     {},
     [](const OpCall& c) { return std::vector{max_pool(c.input(0), read_window(c, 2))}; }},
    {"MaxPool3D",
     {},
     [](const OpCall& c) { return std::vector{max_pool(c.input(0), read_window(c, 3))}; }},
};

}  // namespace

std::span<const TfOpRow> pooling_op_rows() {
  return kPoolingRows;
}

}  // namespace twingrad
