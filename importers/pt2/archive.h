#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importers/pt2/strided_tensor.h"
#include "importers/zip_file.h"

namespace twingrad {

// A zip file whose members are found by name.
class NamedMembers {
 public:
  explicit NamedMembers(std::span<const std::byte> file);

  const std::vector<ZipMember>& members() const { return zip_.members(); }
  bool has(std::string_view name) const { return numbers_.contains(name); }
  // Throws Error where there is none.
  size_t number(std::string_view name) const;
  std::vector<std::byte> read(size_t number) const;
  std::string text(std::string_view name) const;
  // What stands before the slash in all names; throws Error where they differ.
  std::string root() const;

 private:
  ZipFile zip_;
  std::map<std::string, size_t, std::less<>> numbers_;
};

// A tensor that lies in an archive: in which zip file, which of its members is the storage, and
// how.
struct ArchivedTensor {
  size_t zip = 0;
  size_t member = 0;
  StridedLayout layout;
};

// Parameters and buffers, or constants, by module path ("layer1.0.weight").
using ArchivedTensors = std::map<std::string, ArchivedTensor, std::less<>>;

// A .pt2 file in memory (its owner keeps it alive), of either layout: the one of torch 2.6, and the
// one with a root folder of its successors. Errors name the member.
class Pt2Archive {
 public:
  explicit Pt2Archive(std::span<const std::byte> file);

  const std::string& program() const { return program_; }  // JSON
  const ArchivedTensors& weights() const { return weights_; }
  const ArchivedTensors& constants() const { return constants_; }
  Tensor read(const ArchivedTensor& tensor) const;

 private:
  void read_rooted();
  ArchivedTensors read_config(const std::string& folder, const std::string& name) const;
  void read_flat();
  ArchivedTensors read_saved(std::string_view member);

  std::vector<std::unique_ptr<std::vector<std::byte>>> inner_files_;
  std::vector<NamedMembers> zips_;
  std::string program_;
  ArchivedTensors weights_;
  ArchivedTensors constants_;
};

}  // namespace twingrad
