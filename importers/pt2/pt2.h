#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "ir/model.h"

namespace twingrad {

// Reads a program of torch.export, as torch.export.save writes it: schema version 8, the archives
// of torch 2.6 and of its successors. Parameters and buffers are initializers under their module
// paths ("layer1.0.conv1.weight"), tied parameters one initializer; buffers and constants carry a
// role (ir/roles.h), so that training leaves them alone. Inputs, outputs and results keep the
// program's names, sizes that it computes become scalars of int64. BatchNorm that updates its
// statistics becomes BatchNormalization in training mode; every other buffer that the program
// changes is one more output, and Model::warnings has a line.
//
// Throws Error that names the file and the node: kUnsupported for operators without a row, all of
// them in one error, for other versions, and for whatever would need a pickle to be run.
Model import_pt2(const std::string& path);

// The same from memory.
Model import_pt2(std::span<const std::byte> file);

}  // namespace twingrad
