#include "importers/tfjs/joined_files.h"

#include <algorithm>

#include "ir/error.h"

namespace twingrad {

JoinedFiles::JoinedFiles(std::vector<InputFile> files) : files_(std::move(files)) {
  for (const InputFile& file : files_) {
    check(!__builtin_add_overflow(size_, file.size(), &size_), "the shards are too large");
  }
}

void JoinedFiles::read_inside(uint64_t offset, std::span<std::byte> into) const {
  for (const InputFile& file : files_) {
    if (into.empty()) return;
    if (offset >= file.size()) {
      offset -= file.size();
      continue;
    }
    const auto count = std::min<uint64_t>(file.size() - offset, into.size());
    file.read(offset, into.first(count));
    into = into.subspan(count);
    offset = 0;
  }
}

}  // namespace twingrad
