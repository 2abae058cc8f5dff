#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {

Picture decode_webp(Encoded /*encoded*/) {
  fail_unsupported("this build is without libwebp");
}

}  // namespace twingrad
