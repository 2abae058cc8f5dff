#pragma once

// ONNX's protobuf classes, those of version 1.12 (IR version 8). What came later is written through
// the unknown fields of a message: newer_fields.h.
#include <onnx/onnx_pb.h>
