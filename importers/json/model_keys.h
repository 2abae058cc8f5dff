#pragma once

#include <initializer_list>
#include <string_view>

namespace twingrad {

// The keys of the objects of a JSON model, in the order in which they are written. docs/model.md
// says what they mean, docs/model.schema.json what stands under them.
using JsonKeys = std::initializer_list<std::string_view>;

inline constexpr std::string_view kModelFormat = "twingrad-model";
inline constexpr int kModelFormatVersion = 1;

// The model itself is its graph, too.
inline const JsonKeys kModelKeys = {"format", "version",   "name",   "doc",        "metadata",
                                    "model",  "functions", "inputs", "parameters", "constants",
                                    "nodes",  "outputs",   "values"};
inline const JsonKeys kGraphKeys = {"name",       "doc",       "metadata", "inputs",  "captures",
                                    "parameters", "constants", "nodes",    "outputs", "values"};
// Of the file that the model came from.
inline const JsonKeys kOriginKeys = {
    "ir_version", "opset_imports", "producer_name", "producer_version",
    "domain",     "model_version", "doc",           "metadata"};
inline const JsonKeys kFunctionKeys = {"name",       "domain",        "overload",
                                       "doc",        "metadata",      "required_attributes",
                                       "attributes", "opset_imports", "body"};
inline const JsonKeys kNodeKeys = {"op",       "function", "domain",  "overload",
                                   "name",     "inputs",   "outputs", "attributes",
                                   "recorded", "doc",      "metadata"};
inline const JsonKeys kInputKeys = {"type", "default", "doc", "metadata", "sparse"};
inline const JsonKeys kValueKeys = {"type", "doc", "metadata"};
inline const JsonKeys kTensorSources = {"values", "base64", "file", "initializer"};
// What a parameter or a constant has beside the keys of its tensor.
inline const JsonKeys kDataKeys = {"doc", "metadata", "sparse"};
inline const JsonKeys kSparseKeys = {"shape", "values", "indices"};
inline const JsonKeys kReferenceKeys = {"reference", "type"};

}  // namespace twingrad
