#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {

Picture decode_tiff(Encoded /*encoded*/) {
  fail_unsupported("this build is without libtiff");
}

}  // namespace twingrad
