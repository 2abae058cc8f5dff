#include "parity/bundle_writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "exporters/atomic_file.h"
#include "exporters/model_file.h"
#include "exporters/onnx/lower.h"
#include "exporters/onnx/onnx.h"
#include "exporters/safetensors.h"
#include "importers/confined_file.h"
#include "importers/model_file.h"
#include "importers/sha256.h"
#include "ir/error.h"
#include "parity/bundle_manifest.h"
#include "parity/same_bundle.h"

namespace twingrad {
namespace {

namespace fs = std::filesystem;

fs::path without_slash(const std::string& folder) {
  const fs::path path = fs::path(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

// A new folder beside `target`, with all that is in it gone again unless it was moved away.
class FolderBeside {
 public:
  explicit FolderBeside(const fs::path& target)
      : path_(target.parent_path() /
              ("." + target.filename().string() + ".twingrad-" + std::to_string(getpid()))) {
    std::error_code error;
    fs::remove_all(path_, error);
    check(fs::create_directory(path_, error), quoted_name(target.string()),
          ": cannot be created: ", error.message());
  }
  ~FolderBeside() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  FolderBeside(const FolderBeside&) = delete;
  FolderBeside& operator=(const FolderBeside&) = delete;

  std::string path() const { return path_.string(); }

  // What stands at the target, if anything, is in this folder's place then.
  void exchange_with(const fs::path& target, bool replace) const {
    const unsigned flags = replace ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), flags) == 0) return;
    // Some file systems know no flags. A folder takes the place of an empty one only.
    std::error_code error(errno, std::generic_category());
    if (error == std::errc::invalid_argument) {
      error.clear();
      if (replace) fs::remove_all(target, error);
      if (!error) fs::rename(path_, target, error);
    }
    check(!error, quoted_name(target.string()), ": cannot be created: ", error.message());
  }

 private:
  fs::path path_;
};

std::map<std::string, std::string> write_models(const std::map<std::string, Model>& models,
                                                const std::string& folder) {
  std::map<std::string, std::string> digests;
  for (const auto& [name, model] : models) {
    check(fs::path(name).filename() == name, quoted_name(name), ": expected the name of a file");
    export_model(model, join_text(folder, "/", name));
    digests[name] = sha256(Folder(folder).open(name));
  }
  return digests;
}

// What was written is what should be, to whoever reads it.
void read_back(const Bundle& bundle, const std::map<std::string, Model>& models,
               const std::string& folder) {
  const std::string text = difference(bundle, read_bundle(folder));
  check(text.empty(), "what was written reads back with another ", text);
  for (const auto& [name, model] : models) (void)import_model(join_text(folder, "/", name));
}

}  // namespace

std::string model_file_name(const Model& model) {
  try {
    (void)export_onnx(lowered(model));
    return "model.onnx";
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::kUnsupported) throw;
    return "model.json";
  }
}

void check_bundle_place(const std::string& folder, bool force) {
  const fs::path target = without_slash(folder);
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (!fs::exists(status)) {
    const fs::path parent = target.has_parent_path() ? target.parent_path() : ".";
    check(fs::is_directory(parent, error), quoted_name(folder), ": there is no folder ",
          quoted_name(parent.string()));
    return;
  }
  check(force, quoted_name(folder), ": exists already; --force replaces it");
  const bool replaceable = fs::is_directory(status) &&
                           (fs::is_empty(target, error) || fs::exists(target / "manifest.json"));
  check(replaceable, quoted_name(folder), ": is no bundle, and is not replaced");
}

void write_bundle(const Bundle& bundle, const std::map<std::string, Model>& models,
                  const std::string& folder, const BundleWriting& writing) {
  check_bundle_place(folder, writing.force);
  const fs::path target = without_slash(folder);
  const FolderBeside draft(target);
  try {
    const auto digests = write_models(models, draft.path());
    const BundleContent content = bundle_content(bundle, digests, writing.notes);
    write_safetensors(draft.path() + "/tensors.safetensors", content.tensors);
    write_file(draft.path() + "/manifest.json", content.manifest);
    read_back(bundle, models, draft.path());
  } catch (const Error& error) {
    throw error.at(folder);
  }
  draft.exchange_with(target, fs::exists(fs::symlink_status(target)));
}

}  // namespace twingrad
