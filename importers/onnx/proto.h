#pragma once

// ONNX's protobuf classes, those of version 1.12 (IR version 8). Fields and enumerators that came
// later stay among the unknown fields of a message: unknown_fields.h.
#include <onnx/onnx_pb.h>
