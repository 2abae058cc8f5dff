#include "ir/ops/window_definitions.h"

#include <string>

namespace twingrad {

std::vector<AttributeDef> window_definitions() {
  return {defaulted("auto_pad", std::string("NOTSET")),
          optional("dilations", AttributeType::kInts),
          defaulted("group", int64_t{1}),
          optional("kernel_shape", AttributeType::kInts),
          optional("pads", AttributeType::kInts),
          optional("strides", AttributeType::kInts)};
}

}  // namespace twingrad
