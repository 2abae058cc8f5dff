#include "parity/temporary_folder.h"

#include <stdlib.h>

#include "ir/error.h"

namespace twingrad {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "twingrad-XXXXXX").string();
  check(mkdtemp(name.data()) != nullptr, quoted_name(name), ": cannot be created");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace twingrad
