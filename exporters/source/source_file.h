#pragma once

#include <string>
#include <string_view>

#include "exporters/source/framework.h"
#include "ir/model.h"

namespace twingrad {

// The frameworks that code is written for, by the words of --to; nullptr for other words.
const Framework* find_framework(std::string_view name);

// The model as code of the framework. `source`: where it came from, for the head of the file.
// Throws Error (unsupported) that lists the operators which have no row and no expansion into those
// that have.
SourceFiles model_source(const Model& model, const Framework& framework, std::string_view title);

// Writes the code to `path`, a name that ends in ".py", and the weights to NAME.safetensors beside
// it. Both appear atomically, the weights first. Throws Error, naming the file.
void write_source(const Model& model, const Framework& framework, const std::string& path);

}  // namespace twingrad
