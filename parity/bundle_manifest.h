#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/named_tensor.h"
#include "parity/bundle.h"

namespace twingrad {

// The files of a bundle beside its models.
struct BundleContent {
  std::string manifest;              // the text of manifest.json
  std::vector<NamedTensor> tensors;  // of tensors.safetensors; equal ones are stored once
};

// `digests` has the SHA-256 of every model by the path that the cases name; `notes` are more keys
// of the producer. Throws Error for what JSON cannot say (text that is not UTF-8, numbers that are
// not finite) and, unsupported, for strings elsewhere than in inputs and `other_outputs`.
BundleContent bundle_content(const Bundle& bundle,
                             const std::map<std::string, std::string>& digests,
                             const std::map<std::string, std::string>& notes);

}  // namespace twingrad
