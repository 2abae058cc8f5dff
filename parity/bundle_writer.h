#pragma once

#include <map>
#include <string>

#include "ir/model.h"
#include "parity/bundle.h"

namespace twingrad {

struct BundleWriting {
  bool force = false;  // replaces a bundle, or an empty folder, that stands there
  std::map<std::string, std::string> notes = {};  // more keys of the producer: "command"
};

// Writes a bundle to a new folder. The cases name their models by paths of `models` ("model.onnx";
// the ending says the form). The folder appears as a whole or not at all: everything is written
// beside it, read back and compared, and then moved into its place. Throws Error where something
// stands there already, or, with `force`, something that is no bundle; where the disk is full;
// and (unsupported) for what the format or the form of a model cannot hold.
void write_bundle(const Bundle& bundle, const std::map<std::string, Model>& models,
                  const std::string& folder, const BundleWriting& writing = {});

// "model.onnx" where ONNX has everything that the model needs, else "model.json".
std::string model_file_name(const Model& model);

// Throws Error where `write_bundle` would because of what stands at `folder`, to say so before the
// work is done.
void check_bundle_place(const std::string& folder, bool force);

}  // namespace twingrad
