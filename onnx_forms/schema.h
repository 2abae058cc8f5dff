#pragma once

#include <google/protobuf/descriptor.h>

namespace twingrad {

// The description of ModelProto that text forms are read and written by: that of the protobuf
// classes we link, with the fields that came later and that the importer and exporter know
// (importers/onnx/unknown_fields.h). Lives as long as the program.
const google::protobuf::Descriptor& model_descriptor();

}  // namespace twingrad
