#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {

Picture decode_jpeg2000(Encoded /*encoded*/) {
  fail_unsupported("this build is without openjpeg");
}

}  // namespace twingrad
