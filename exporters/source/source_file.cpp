#include "exporters/source/source_file.h"

#include <filesystem>

#include "exporters/atomic_file.h"
#include "exporters/expansion.h"
#include "exporters/safetensors.h"
#include "exporters/source/jax/jax.h"
#include "exporters/source/keras/keras.h"
#include "exporters/source/line_writer.h"
#include "exporters/source/pytorch/pytorch.h"
#include "exporters/source/tensorflow/tensorflow.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {

const Framework* find_framework(std::string_view name) {
  for (const Framework* framework : {&pytorch(), &tensorflow(), &keras(), &jax()}) {
    if (framework->name == name) return framework;
  }
  return nullptr;
}

namespace {

SourceFiles written(const Model& model, const Framework& framework, std::string_view title) {
  Model alone = model;
  alone.functions.clear();  // their bodies stand in the place of the calls
  const Model plain = expanded(alone, [&framework](const Graph&, const Node& node) {
    if (node.function) return inlined_call();
    const bool has_row = find_row(framework, node.op->domain, node.op->name) != nullptr;
    return has_row ? nullptr : node.op->expand;
  });
  const GraphFacts facts(plain.graph);
  return framework.write(LineWriter(framework, facts).write(), facts, title);
}

}  // namespace

SourceFiles model_source(const Model& model, const Framework& framework, std::string_view title) {
  if (framework.preferred == nullptr) return written(model, framework, title);
  try {
    return written(model, framework.preferred(), title);
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::kUnsupported) throw;
    return written(model, framework, title);
  }
}

void write_source(const Model& model, const Framework& framework, const std::string& path) {
  try {
    check(path.ends_with(".py"), "expected a name that ends in .py");
    std::filesystem::path weights = path;
    const SourceFiles files = model_source(model, framework, weights.stem().string());
    weights.replace_extension(".safetensors");
    write_safetensors(weights.string(), files.weights);
    write_file(path, files.text);
  } catch (const Error& error) {
    throw error.at(path);
  }
}

}  // namespace twingrad
