#include "exporters/npz.h"

#include <zip.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "exporters/atomic_file.h"
#include "exporters/npy.h"
#include "ir/error.h"

namespace twingrad {
namespace {

struct ZipDiscarder {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
struct SourceReleaser {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Zip = std::unique_ptr<zip_t, ZipDiscarder>;
using Source = std::unique_ptr<zip_source_t, SourceReleaser>;

// What this repository's own reader refuses, too.
void check_name(std::string_view name) {
  const std::string path = '/' + std::string(name) + '/';
  const bool leaves = name.starts_with('/') || path.find("/../") != std::string::npos ||
                      (name.size() > 1 && name[1] == ':');
  const bool has_foreign = std::ranges::any_of(
      name, [](char c) { return c == '\\' || static_cast<unsigned char>(c) < 0x20; });
  check(!name.empty() && !leaves && !has_foreign, "an .npz file cannot hold the name ",
        quoted_name(name), ", a .safetensors file can");
}

void add_member(zip_t* zip, const NamedTensor& entry, std::string& header) {
  header = npy_header(entry.tensor);
  const auto elements = entry.tensor.bytes();
  // libzip takes pointers to bytes that it will not change.
  std::array<zip_buffer_fragment_t, 2> parts = {
      {{reinterpret_cast<zip_uint8_t*>(header.data()), header.size()},
       {reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(elements.data())), elements.size()}}};
  Source source(zip_source_buffer_fragment(zip, parts.data(), elements.empty() ? 1 : 2, 0));
  check(source != nullptr, "zip: ", zip_strerror(zip));
  const std::string name = entry.name + ".npy";
  const zip_int64_t index = zip_file_add(zip, name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  check(index >= 0, quoted_name(name), ": zip: ", zip_strerror(zip));
  (void)source.release();  // the archive's from here on
  const auto member = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t kFirstDay = 1 << 5 | 1;  // 1980-01-01, the earliest date of the format
  check(zip_set_file_compression(zip, member, ZIP_CM_STORE, 0) == 0 &&
            zip_file_set_dostime(zip, member, 0, kFirstDay, 0) == 0,
        quoted_name(name), ": zip: ", zip_strerror(zip));
}

std::string content_of(zip_source_t* archive) {
  zip_stat_t status;
  check(zip_source_stat(archive, &status) == 0 && zip_source_open(archive) == 0,
        "zip: ", zip_error_strerror(zip_source_error(archive)));
  std::string content(status.size, '\0');
  const zip_int64_t count = zip_source_read(archive, content.data(), content.size());
  zip_source_close(archive);
  check(count == static_cast<zip_int64_t>(content.size()), "zip: the archive ended early");
  return content;
}

std::string zip_content(std::span<const NamedTensor> tensors) {
  if (tensors.empty()) return "PK\x05\x06" + std::string(18, '\0');  // libzip writes no empty file
  zip_error_t error;
  zip_error_init(&error);
  const Source archive(zip_source_buffer_create(nullptr, 0, 0, &error));
  check(archive != nullptr, "zip: out of memory");
  Zip zip(zip_open_from_source(archive.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
  check(zip != nullptr, "zip: ", zip_error_strerror(&error));
  zip_source_keep(archive.get());  // `zip` releases the source, and `archive` does, too
  std::set<std::string_view> names;
  std::vector<std::string> headers(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    check_name(tensors[i].name);
    check(names.insert(tensors[i].name).second, "the name ", quoted_name(tensors[i].name),
          " occurs twice");
    add_member(zip.get(), tensors[i], headers[i]);
  }
  check(zip_close(zip.get()) == 0, "zip: ", zip_strerror(zip.get()));
  (void)zip.release();
  return content_of(archive.get());
}

}  // namespace

void write_npz(const std::string& path, std::span<const NamedTensor> tensors) {
  std::string content;
  try {
    content = zip_content(tensors);
  } catch (const Error& error) {
    throw error.at(path);
  }
  write_file(path, content);
}

}  // namespace twingrad
