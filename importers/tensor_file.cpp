#include "importers/tensor_file.h"

#include "importers/npy.h"
#include "importers/npz.h"
#include "importers/safetensors.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::map<std::string, Tensor> by_name(std::vector<NamedTensor> entries) {
  std::map<std::string, Tensor> tensors;
  for (NamedTensor& entry : entries) {
    tensors.emplace(std::move(entry.name), std::move(entry.tensor));
  }
  return tensors;
}

}  // namespace

std::map<std::string, Tensor> named_tensors(std::string_view source) {
  if (source.ends_with(".npz")) return by_name(read_npz_file(std::string(source)));
  if (source.ends_with(".safetensors")) return by_name(read_safetensors_file(std::string(source)));
  check(source.ends_with(".npy"), source, ": expected .npz, .safetensors or NAME=FILE.npy");
  const size_t equals = source.find('=');
  check(equals != std::string_view::npos && equals > 0, source,
        ": a .npy file holds no name, expected NAME=", source.substr(source.rfind('/') + 1));
  std::map<std::string, Tensor> tensors;
  tensors.emplace(source.substr(0, equals), read_npy_file(std::string(source.substr(equals + 1))));
  return tensors;
}

}  // namespace twingrad
