#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {

Picture decode_jpeg(Encoded /*encoded*/) {
  fail_unsupported("this build is without libjpeg-turbo");
}

}  // namespace twingrad
