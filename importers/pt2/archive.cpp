#include "importers/pt2/archive.h"

#include "importers/json_text.h"
#include "importers/pt2/pickle.h"
#include "importers/pt2/scalar_type.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr std::string_view kFlatProgram = "serialized_exported_program.json";
constexpr int64_t kStrided = 7;  // of the schema's Layout

int64_t static_integer(const JsonView& view) {
  const auto number = view.find("as_int");
  if (!number) view.refuse("expected a number, found a symbol");
  return number->integer();
}

std::vector<int64_t> static_integers(const JsonView& list) {
  std::vector<int64_t> result;
  for (const JsonView& item : list.items()) result.push_back(static_integer(item));
  return result;
}

StridedLayout read_layout(const JsonView& meta) {
  const JsonView layout = meta.at("layout");
  if (layout.integer() != kStrided) {
    fail_unsupported(layout.path(), ": only strided tensors are supported, layout ",
                     layout.integer(), " is not");
  }
  return {read_scalar_type(meta.at("dtype")), Shape(static_integers(meta.at("sizes"))),
          static_integers(meta.at("strides")), static_integer(meta.at("storage_offset"))};
}

}  // namespace

NamedMembers::NamedMembers(std::span<const std::byte> file) : zip_(file, ZipDescriptors::kAllowed) {
  for (size_t i = 0; i < members().size(); ++i) {
    try {
      check_member_name(members()[i].name);
    } catch (const Error& error) {
      throw error.at("member " + quoted_name(members()[i].name));
    }
    numbers_.emplace(members()[i].name, i);
  }
}

size_t NamedMembers::number(std::string_view name) const {
  const auto found = numbers_.find(name);
  check(found != numbers_.end(), "there is no member ", quoted_name(name));
  return found->second;
}

std::vector<std::byte> NamedMembers::read(size_t number) const {
  try {
    return zip_.read(number);
  } catch (const Error& error) {
    throw error.at("member " + quoted_name(members()[number].name));
  }
}

std::string NamedMembers::text(std::string_view name) const {
  const std::vector<std::byte> bytes = read(number(name));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string NamedMembers::root() const {
  check(!members().empty(), "an archive without members");
  const std::string& first = members().front().name;
  std::string root = first.substr(0, first.find('/') + 1);
  check(!root.empty(), "member ", quoted_name(first), " lies in no folder");
  for (const ZipMember& member : members()) {
    check(member.name.starts_with(root), "member ", quoted_name(member.name), " lies outside of ",
          quoted_name(root));
  }
  return root;
}

Pt2Archive::Pt2Archive(std::span<const std::byte> file) {
  zips_.emplace_back(file);
  if (zips_.front().has(kFlatProgram)) {
    read_flat();
  } else {
    read_rooted();
  }
}

void Pt2Archive::read_rooted() {
  const NamedMembers& zip = zips_.front();
  const std::string root = zip.root();
  check(zip.text(root + "archive_format") == "pt2", "not an archive of PyTorch's format pt2");
  if (const std::string version = zip.text(root + "archive_version"); version != "0") {
    fail_unsupported("version ", quoted_name(version), " of the archive is not supported, only 0");
  }
  if (zip.has(root + "byteorder") && zip.text(root + "byteorder") != "little") {
    fail_unsupported("only archives in little-endian order are supported");
  }
  const std::string folder = root + "models/";
  std::vector<std::string> models;
  for (const ZipMember& member : zip.members()) {
    if (!member.name.starts_with(folder) || !member.name.ends_with(".json")) continue;
    models.push_back(member.name.substr(folder.size(), member.name.size() - folder.size() - 5));
  }
  check(!models.empty(), "an archive without a program");
  if (models.size() > 1) {
    fail_unsupported("an archive of ", models.size(), " programs, expected one");
  }
  program_ = zip.text(folder + models[0] + ".json");
  weights_ = read_config(root + "data/weights/", models[0] + "_weights_config.json");
  constants_ = read_config(root + "data/constants/", models[0] + "_constants_config.json");
}

ArchivedTensors Pt2Archive::read_config(const std::string& folder, const std::string& name) const {
  const NamedMembers& zip = zips_.front();
  ArchivedTensors tensors;
  if (!zip.has(folder + name)) return tensors;
  try {
    const JsonDocument document = JsonDocument::parse(zip.text(folder + name));
    for (const auto& [path, entry] : document.root().at("config").members()) {
      if (const auto pickled = entry.find("use_pickle"); pickled && pickled->boolean()) {
        fail_unsupported(pickled->path(), ": ", quoted_name(path),
                         " is stored as a pickle, which is not run");
      }
      const std::string file(entry.at("path_name").string());
      tensors[std::string(path)] = {0, zip.number(folder + file),
                                    read_layout(entry.at("tensor_meta"))};
    }
  } catch (const Error& error) {
    throw error.at("member " + quoted_name(folder + name));
  }
  return tensors;
}

void Pt2Archive::read_flat() {
  program_ = zips_.front().text(kFlatProgram);
  weights_ = read_saved("serialized_state_dict.pt");
  constants_ = read_saved("serialized_constants.pt");
}

ArchivedTensors Pt2Archive::read_saved(std::string_view member) {
  ArchivedTensors tensors;
  const std::vector<std::byte> bytes = zips_.front().read(zips_.front().number(member));
  if (bytes.empty()) return tensors;
  try {
    inner_files_.push_back(std::make_unique<std::vector<std::byte>>(bytes));
    zips_.emplace_back(*inner_files_.back());
    const NamedMembers& zip = zips_.back();
    const std::string root = zip.root();
    if (zip.has(root + "byteorder") && zip.text(root + "byteorder") != "little") {
      fail_unsupported("only tensors in little-endian order are supported");
    }
    for (auto& [path, tensor] : read_pickled_tensors(zip.read(zip.number(root + "data.pkl")))) {
      tensors[path] = {zips_.size() - 1, zip.number(root + "data/" + tensor.storage),
                       std::move(tensor.layout)};
    }
  } catch (const Error& error) {
    throw error.at("member " + quoted_name(member));
  }
  return tensors;
}

Tensor Pt2Archive::read(const ArchivedTensor& tensor) const {
  const NamedMembers& zip = zips_[tensor.zip];
  const std::vector<std::byte> storage = zip.read(tensor.member);
  try {
    return tensor_of_storage(tensor.layout, storage);
  } catch (const Error& error) {
    throw error.at("member " + quoted_name(zip.members()[tensor.member].name));
  }
}

}  // namespace twingrad
