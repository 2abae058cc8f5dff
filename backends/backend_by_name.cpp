#include "backends/backend.h"
#include "ir/error.h"

namespace twingrad {

const Backend& backend_by_name(std::string_view name) {
  if (name == "reference") return reference_backend();
  if (name == "openblas") return openblas_backend();
  fail("unknown backend ", quoted_name(name), ", there are: openblas, reference");
}

}  // namespace twingrad
