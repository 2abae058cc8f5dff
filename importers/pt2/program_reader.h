#pragma once

#include "importers/json_text.h"
#include "importers/pt2/archive.h"
#include "ir/model.h"

namespace twingrad {

// The model of a program; see importers/pt2/pt2.h. `file_size` bounds what its tensors may take.
Model read_program(const JsonView& root, const Pt2Archive& archive, uint64_t file_size);

}  // namespace twingrad
