#pragma once

#include <string>

#include "importers/confined_file.h"
#include "importers/json_text.h"

namespace twingrad {

// A JSON file that the user named, and the folder in which the files are to which it refers.
struct JsonFile {
  JsonDocument document;
  Folder folder;
};

// Throws Error, which does not name the file: for what is no file, too large, or no JSON.
JsonFile open_json_file(const std::string& path);

}  // namespace twingrad
