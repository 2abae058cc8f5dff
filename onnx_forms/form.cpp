#include "onnx_forms/form.h"

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <array>
#include <memory>

#include "ir/error.h"
#include "onnx_forms/schema.h"

namespace twingrad {
namespace {

namespace protobuf = google::protobuf;

constexpr int kDepth = 100;  // that of the bytes too, importers/onnx/parse.h

struct Ending {
  std::string_view ending;
  OnnxForm form;
};
constexpr std::array kEndings = {
    Ending{".onnx", OnnxForm::kBytes},     Ending{".textproto", OnnxForm::kText},
    Ending{".txtpb", OnnxForm::kText},     Ending{".pbtxt", OnnxForm::kText},
    Ending{".prototxt", OnnxForm::kText},  Ending{".onnxjson", OnnxForm::kJson},
    Ending{".onnx.json", OnnxForm::kJson},
};

// A ModelProto with the newer fields; its maker comes with it.
class AnyModel {
 public:
  AnyModel() : message_(factory_.GetPrototype(&model_descriptor())->New()) {}

  protobuf::Message& operator*() { return *message_; }
  protobuf::Message* get() { return message_.get(); }

 private:
  protobuf::DynamicMessageFactory factory_;
  std::unique_ptr<protobuf::Message> message_;
};

// The first error of a text; protobuf would print all of them.
class FirstError final : public protobuf::io::ErrorCollector {
 public:
  void AddError(int line, protobuf::io::ColumnNumber column, const std::string& message) override {
    if (!text_.empty()) return;
    text_ =
        line < 0 ? message : join_text("line ", line + 1, ", column ", column + 1, ": ", message);
  }
  void AddWarning(int line, protobuf::io::ColumnNumber column,
                  const std::string& message) override {
    AddError(line, column, message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void parse_bytes(const std::string& serialized, protobuf::Message& message) {
  protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(serialized.data()),
                                        static_cast<int>(serialized.size()));
  stream.SetRecursionLimit(kDepth);
  check(message.ParsePartialFromCodedStream(&stream) && stream.ConsumedEntireMessage(),
        "not a serialized ModelProto");
}

void parse_text(const std::string& text, protobuf::Message& message) {
  FirstError error;
  protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.AllowPartialMessage(true);
  parser.SetRecursionLimit(kDepth);
  const bool parsed = parser.ParseFromString(text, &message);
  check(parsed && error.text().empty(),
        "not ONNX's text form: ", error.text().empty() ? "it cannot be parsed" : error.text());
}

void parse_json(const std::string& text, protobuf::Message& message) {
  const auto status = protobuf::util::JsonStringToMessage(text, &message);
  check(status.ok(), "not ONNX's JSON form: ", status.ToString());
}

void parse(OnnxForm form, const std::string& text, protobuf::Message& message) {
  form == OnnxForm::kText ? parse_text(text, message) : parse_json(text, message);
}

// protobuf 3.21 prints -0.0 as the integer -0, and reads that as 0.
std::string with_signed_zeros(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  bool inside = false;  // of a string
  for (size_t i = 0; i < json.size(); ++i) {
    text += json[i];
    if (inside && json[i] == '\\') {
      text += json[++i];
    } else if (json[i] == '"') {
      inside = !inside;
    } else if (!inside && json[i] == '0' && i > 0 && json[i - 1] == '-') {
      const bool ends = std::string_view(",]} \n").find(json[i + 1]) != std::string_view::npos;
      if (ends) text += ".0";
    }
  }
  return text;
}

std::string printed(OnnxForm form, const protobuf::Message& message) {
  std::string text;
  if (form == OnnxForm::kText) {
    protobuf::TextFormat::Printer printer;
    printer.SetUseShortRepeatedPrimitives(true);
    if (!printer.PrintToString(message, &text)) fail_unsupported("has no text form");
    return text;
  }
  protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  const auto status = protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) fail_unsupported("has no JSON form: ", status.ToString());
  return with_signed_zeros(text);
}

std::string_view name_of(OnnxForm form) {
  return form == OnnxForm::kText ? "text" : "JSON";
}

}  // namespace

std::optional<OnnxForm> onnx_form_of(std::string_view path) {
  for (const Ending& row : kEndings) {
    if (path.ends_with(row.ending)) return row.form;
  }
  return std::nullopt;
}

std::string written_form(OnnxForm form, std::string serialized) {
  if (form == OnnxForm::kBytes) return serialized;
  const protobuf::LogSilencer silence;  // what is wrong is in the Error
  AnyModel model;
  parse_bytes(serialized, *model);
  std::string text = printed(form, *model);
  AnyModel read;
  std::string problem;
  try {
    parse(form, text, *read);
  } catch (const Error& error) {
    problem = std::string(": ") + error.what();
  }
  if (!problem.empty() ||
      (*read).SerializePartialAsString() != (*model).SerializePartialAsString()) {
    fail_unsupported(
        "ONNX's ", name_of(form),
        " form cannot hold all of the model (fields that are newer than it, names that "
        "are not UTF-8, or NaNs with unusual bits)",
        problem);
  }
  return text;
}

std::string serialized_form(OnnxForm form, std::string text) {
  if (form == OnnxForm::kBytes) return text;
  const protobuf::LogSilencer silence;
  AnyModel model;
  parse(form, text, *model);
  return (*model).SerializePartialAsString();
}

}  // namespace twingrad
