#include "backends/openblas/blas_build.h"

#include <cblas.h>

namespace twingrad {
namespace {

std::string without_trailing_blanks(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

BlasBuild blas_build() {
  return {without_trailing_blanks(openblas_get_config()),
          without_trailing_blanks(openblas_get_corename())};
}

}  // namespace twingrad
