#include "importers/npz.h"

#include <algorithm>

#include "importers/input_file.h"
#include "importers/npy.h"
#include "importers/zip_file.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// The name without ".npy".
std::string array_name(std::string_view member) {
  constexpr std::string_view kEnding = ".npy";
  check(member.ends_with(kEnding), "not an .npy file");
  check(member.size() > kEnding.size(), "a name of no characters");
  check_member_name(member);
  return std::string(member.substr(0, member.size() - kEnding.size()));
}

Tensor read_member(const ZipFile& zip, size_t index) {
  const uint64_t size = zip.members()[index].size;
  ZipFile::Reader reader(zip, index);
  std::vector<std::byte> start(std::min(size, kNpyHeaderLimit));
  reader.read(start);
  const NpyHeader header = parse_npy_header(start, size);
  Tensor raw(header.type, header.shape);
  const std::span<std::byte> elements(static_cast<std::byte*>(raw.raw()), raw.byte_size());
  const auto read_already = std::span(start).subspan(header.data_offset);
  std::ranges::copy(read_already, elements.begin());
  reader.read(elements.subspan(read_already.size()));
  reader.expect_end();
  return npy_elements(header, std::move(raw));
}

}  // namespace

std::vector<NamedTensor> read_npz(std::span<const std::byte> file) {
  const ZipFile zip(file);
  std::vector<NamedTensor> tensors;
  for (size_t i = 0; i < zip.members().size(); ++i) {
    const std::string& member = zip.members()[i].name;
    try {
      std::string name = array_name(member);
      tensors.push_back({std::move(name), read_member(zip, i)});
    } catch (const Error& error) {
      throw error.at("member " + quoted_name(member));
    }
  }
  return tensors;
}

std::vector<NamedTensor> read_npz_file(const std::string& path) {
  const std::vector<std::byte> file = read_file(path, UINT64_MAX);
  try {
    return read_npz(file);
  } catch (const Error& error) {
    throw error.at(path);
  }
}

}  // namespace twingrad
