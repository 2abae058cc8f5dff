#include "importers/npz.h"

#include <zip.h>

#include <algorithm>
#include <memory>

#include "importers/input_file.h"
#include "importers/npy.h"
#include "importers/zip_layout.h"
#include "ir/error.h"
#include "ir/utf8.h"

namespace twingrad {
namespace {

struct ZipCloser {
  void operator()(zip_t* zip) const { zip_discard(zip); }
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};
using Zip = std::unique_ptr<zip_t, ZipCloser>;
using OpenMember = std::unique_ptr<zip_file_t, ZipCloser>;

Zip open_zip(std::span<const std::byte> file) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(file.data(), file.size(), 0, &error);
  zip_t* zip = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  const std::string reason = zip == nullptr ? zip_error_strerror(&error) : "";
  if (zip == nullptr && source != nullptr) zip_source_free(source);
  zip_error_fini(&error);
  check(zip != nullptr, "zip: ", reason);
  return Zip(zip);
}

// The name without ".npy". Names are keys here and never become paths; those that would lead out
// of a folder are refused nevertheless, as other readers unpack them.
std::string array_name(std::string_view member) {
  constexpr std::string_view kEnding = ".npy";
  check(member.ends_with(kEnding), "not an .npy file");
  check(member.size() > kEnding.size(), "a name of no characters");
  check(is_utf8(member), "the name is not UTF-8");
  check(!member.starts_with('/') && member.find('\\') == std::string_view::npos &&
            member.find('\0') == std::string_view::npos && member[1] != ':',
        "an absolute or foreign path");
  const std::string path = '/' + std::string(member) + '/';
  check(path.find("/../") == std::string::npos, "a path out of its folder");
  return std::string(member.substr(0, member.size() - kEnding.size()));
}

void read_exactly(zip_file_t* member, std::span<std::byte> into) {
  while (!into.empty()) {
    const zip_int64_t count = zip_fread(member, into.data(), into.size());
    check(count >= 0, "cannot be unpacked: ", zip_error_strerror(zip_file_get_error(member)));
    check(count > 0, "unpacks to fewer bytes than it declares");
    into = into.subspan(static_cast<size_t>(count));
  }
}

// The checksum is compared when libzip meets the end, so the end has to be read too.
void expect_end(zip_file_t* member) {
  std::byte byte{};
  const zip_int64_t count = zip_fread(member, &byte, 1);
  check(count >= 0, "cannot be unpacked: ", zip_error_strerror(zip_file_get_error(member)));
  check(count == 0, "unpacks to more bytes than it declares");
}

Tensor read_member(zip_t* zip, uint64_t index, const ZipMember& expected) {
  zip_stat_t seen;
  check(zip_stat_index(zip, index, ZIP_FL_UNCHANGED, &seen) == 0 && seen.size == expected.size &&
            seen.comp_size == expected.stored_size && seen.crc == expected.crc,
        "libzip reads the directory differently");
  const OpenMember member(zip_fopen_index(zip, index, ZIP_FL_UNCHANGED));
  check(member != nullptr, "cannot be opened: ", zip_strerror(zip));
  std::vector<std::byte> start(std::min(expected.size, kNpyHeaderLimit));
  read_exactly(member.get(), start);
  const NpyHeader header = parse_npy_header(start, expected.size);
  Tensor raw(header.type, header.shape);
  const std::span<std::byte> elements(static_cast<std::byte*>(raw.raw()), raw.byte_size());
  const auto read_already = std::span(start).subspan(header.data_offset);
  std::ranges::copy(read_already, elements.begin());
  read_exactly(member.get(), elements.subspan(read_already.size()));
  expect_end(member.get());
  return npy_elements(header, std::move(raw));
}

}  // namespace

std::vector<NamedTensor> read_npz(std::span<const std::byte> file) {
  const std::vector<ZipMember> members = check_zip(file);
  std::vector<NamedTensor> tensors;
  if (members.empty()) return tensors;
  const Zip zip = open_zip(file);
  check(
      zip_get_num_entries(zip.get(), ZIP_FL_UNCHANGED) == static_cast<zip_int64_t>(members.size()),
      "libzip counts other members than the ", members.size(), " of the directory");
  for (size_t i = 0; i < members.size(); ++i) {
    try {
      std::string name = array_name(members[i].name);
      tensors.push_back({std::move(name), read_member(zip.get(), i, members[i])});
    } catch (const Error& error) {
      throw error.at("member " + quoted_name(members[i].name));
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
