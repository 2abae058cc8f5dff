#include "importers/pt2/pt2.h"

#include "importers/input_file.h"
#include "importers/json_text.h"
#include "importers/pt2/archive.h"
#include "importers/pt2/program_reader.h"
#include "ir/error.h"

namespace twingrad {

Model import_pt2(std::span<const std::byte> file) {
  const Pt2Archive archive(file);
  const JsonDocument program = JsonDocument::parse(archive.program());
  return read_program(program.root(), archive, file.size());
}

Model import_pt2(const std::string& path) {
  const std::vector<std::byte> file = read_file(path, UINT64_MAX);
  try {
    return import_pt2(file);
  } catch (const Error& error) {
    throw error.at(path);
  }
}

}  // namespace twingrad
