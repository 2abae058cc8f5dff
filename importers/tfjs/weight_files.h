#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/confined_file.h"
#include "importers/json_text.h"
#include "importers/tfjs/joined_files.h"
#include "importers/tfjs/quantization.h"

namespace twingrad {

// A weight as the manifest lists it.
struct WeightEntry {
  std::string name;
  DataType type = DataType::kFloat;
  Shape shape;
  std::optional<Quantization> quantization;
  bool of_optimizer = false;
  size_t group = 0;
  uint64_t offset = 0;  // bytes from the start of the group
  uint64_t length = 0;
};

// The weights of a model: what "weightsManifest" lists, in files of the model's folder.
class WeightFiles {
 public:
  // Opens every file. Throws Error with the path in the document: types that do not exist, names
  // that occur twice, paths that leave the folder, and groups whose bytes are not those that their
  // weights take.
  WeightFiles(const JsonView& manifest, const Folder& folder);

  // In the order of the file.
  const std::vector<WeightEntry>& entries() const { return entries_; }
  // nullptr where there is none.
  const WeightEntry* find(std::string_view name) const;
  Tensor read(const WeightEntry& entry) const;

 private:
  void add_group(const JsonView& group, const Folder& folder);
  void add_entry(const JsonView& view, const ByteSource& bytes, uint64_t& offset);
  Tensor read_strings(const WeightEntry& entry) const;

  std::vector<JoinedFiles> groups_;
  std::vector<WeightEntry> entries_;
  std::map<std::string, size_t, std::less<>> by_name_;
};

}  // namespace twingrad
