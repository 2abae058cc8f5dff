#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {

Picture decode_png(Encoded /*encoded*/) {
  fail_unsupported("this build is without libpng");
}

}  // namespace twingrad
