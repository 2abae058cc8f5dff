#include "importers/json_file.h"

#include <filesystem>

#include "importers/input_file.h"
#include "ir/error.h"

namespace twingrad {

JsonFile open_json_file(const std::string& path) {
  const InputFile file = open_file(path);
  check(file.size() <= kJsonSizeLimit, "JSON of ", file.size(), " bytes, more than the limit of ",
        kJsonSizeLimit);
  const auto bytes = file.read(0, file.size());
  auto document = JsonDocument::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const auto parent = std::filesystem::path(path).parent_path();
  return {std::move(document), Folder(parent.empty() ? "." : parent.string())};
}

}  // namespace twingrad
