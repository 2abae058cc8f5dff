#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace twingrad {

// How an ONNX model is written: as protobuf's bytes, or as one of the two texts that protobuf
// defines for any message, which onnx.load and onnx.save call "textproto" and "json".
enum class OnnxForm { kBytes, kText, kJson };

// By the ending of a name: ".onnx"; ".textproto", ".txtpb", ".pbtxt", ".prototxt"; ".onnxjson",
// ".onnx.json". nullopt: none of them.
std::optional<OnnxForm> onnx_form_of(std::string_view path);

// A serialized ModelProto in one of the forms. Throws Error (unsupported) where the form would lose
// something: fields that are newer than what we know, in JSON strings that are not UTF-8, NaNs with
// other bits than the usual ones.
std::string written_form(OnnxForm form, std::string serialized);

// The serialized ModelProto that a text stands for. Throws Error, with line and column or with the
// path of the field, for what is no such text, for unknown fields, and for messages that are nested
// deeper than 100.
std::string serialized_form(OnnxForm form, std::string text);

}  // namespace twingrad
