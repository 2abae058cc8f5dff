#include "importers/tfjs/tfjs.h"

#include "importers/tfjs/graph_model.h"
#include "importers/tfjs/layers_model.h"
#include "importers/tfjs/weight_files.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// Files of 2018 do not say it.
bool is_graph_model(const JsonView& root) {
  const auto format = root.find("format");
  if (!format || format->is_null()) return root.at("modelTopology").find("node").has_value();
  if (format->string() == "graph-model") return true;
  if (format->string() != "layers-model") {
    fail_unsupported(format->path(), ": the format ", quoted_name(format->string()),
                     " is not supported");
  }
  return false;
}

std::string text_of(const JsonView& root, std::string_view key) {
  const auto value = root.find(key);
  return value && value->is_string() ? std::string(value->string()) : std::string();
}

}  // namespace

bool is_tfjs_model(const JsonView& root) {
  return root.is_object() && root.find("modelTopology") && root.find("weightsManifest");
}

Model read_tfjs_model(const JsonView& root, const Folder& folder) {
  const JsonView topology = root.at("modelTopology");
  if (!topology.is_object()) topology.refuse("expected an object: weights alone are no model");
  const WeightFiles weights(root.at("weightsManifest"), folder);
  Model model;
  model.graph =
      is_graph_model(root) ? read_graph_model(root, weights) : read_layers_model(topology, weights);
  model.producer_name = text_of(root, "generatedBy");
  return model;
}

}  // namespace twingrad
