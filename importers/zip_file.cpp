#include "importers/zip_file.h"

#include <zip.h>

#include "ir/error.h"
#include "ir/utf8.h"

namespace twingrad {

struct ZipCloser {
  void operator()(zip_t* zip) const { zip_discard(zip); }
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};
using Zip = std::unique_ptr<zip_t, ZipCloser>;

namespace {

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

}  // namespace

struct ZipFile::Handle {
  Zip zip;
};

struct ZipFile::Reader::State {
  std::unique_ptr<zip_file_t, ZipCloser> member;
};

ZipFile::ZipFile(std::span<const std::byte> file, ZipDescriptors descriptors)
    : members_(check_zip(file, descriptors)), handle_(std::make_unique<Handle>()) {
  if (members_.empty()) return;
  handle_->zip = open_zip(file);
  check(zip_get_num_entries(handle_->zip.get(), ZIP_FL_UNCHANGED) ==
            static_cast<zip_int64_t>(members_.size()),
        "libzip counts other members than the ", members_.size(), " of the directory");
}

ZipFile::ZipFile(ZipFile&&) noexcept = default;
ZipFile& ZipFile::operator=(ZipFile&&) noexcept = default;
ZipFile::~ZipFile() = default;

ZipFile::Reader::Reader(const ZipFile& file, size_t index) : state_(std::make_unique<State>()) {
  zip_t* zip = file.handle_->zip.get();
  const ZipMember& expected = file.members_[index];
  zip_stat_t seen;
  check(zip_stat_index(zip, index, ZIP_FL_UNCHANGED, &seen) == 0 && seen.size == expected.size &&
            seen.comp_size == expected.stored_size && seen.crc == expected.crc,
        "libzip reads the directory differently");
  state_->member.reset(zip_fopen_index(zip, index, ZIP_FL_UNCHANGED));
  check(state_->member != nullptr, "cannot be opened: ", zip_strerror(zip));
}

ZipFile::Reader::~Reader() = default;

void ZipFile::Reader::read(std::span<std::byte> into) {
  zip_file_t* member = state_->member.get();
  while (!into.empty()) {
    const zip_int64_t count = zip_fread(member, into.data(), into.size());
    check(count >= 0, "cannot be unpacked: ", zip_error_strerror(zip_file_get_error(member)));
    check(count > 0, "unpacks to fewer bytes than it declares");
    into = into.subspan(static_cast<size_t>(count));
  }
}

// The checksum is compared when libzip meets the end, so the end has to be read too.
void ZipFile::Reader::expect_end() {
  zip_file_t* member = state_->member.get();
  std::byte byte{};
  const zip_int64_t count = zip_fread(member, &byte, 1);
  check(count >= 0, "cannot be unpacked: ", zip_error_strerror(zip_file_get_error(member)));
  check(count == 0, "unpacks to more bytes than it declares");
}

std::vector<std::byte> ZipFile::read(size_t index) const {
  Reader reader(*this, index);
  std::vector<std::byte> bytes(members_[index].size);
  reader.read(bytes);
  reader.expect_end();
  return bytes;
}

void check_member_name(std::string_view name) {
  check(is_utf8(name), "the name is not UTF-8");
  check(!name.starts_with('/') && name.find('\\') == std::string_view::npos &&
            name.find('\0') == std::string_view::npos && (name.size() < 2 || name[1] != ':'),
        "an absolute or foreign path");
  const std::string path = '/' + std::string(name) + '/';
  check(path.find("/../") == std::string::npos, "a path out of its folder");
}

}  // namespace twingrad
