#pragma once

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace twingrad {

// Holds a JSON document to a JSON Schema, of which it knows the keywords that ours use: another one
// is a complaint. Keys that the schema does not list are complaints too, for a schema that
// documents what is written must list it all.
class SchemaCheck {
 public:
  explicit SchemaCheck(nlohmann::json schema) : schema_(std::move(schema)) {}

  std::vector<std::string> complaints(const nlohmann::json& value) const {
    std::vector<std::string> found;
    hold(schema_, value, "$", found);
    return found;
  }

 private:
  using Json = nlohmann::json;
  using Found = std::vector<std::string>;

  static bool is_of(const std::string& type, const Json& value) {
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    return type == value.type_name();
  }

  void hold(const Json& rule, const Json& value, const std::string& place, Found& found) const {
    for (const auto& [keyword, argument] : rule.items()) {
      hold_keyword(keyword, argument, value, place, found);
    }
    if (!value.is_object() || !rule.contains("properties")) return;
    for (const auto& [key, member] : value.items()) {
      const auto known = rule["properties"].find(key);
      if (known == rule["properties"].end()) {
        found.push_back(place + ": unlisted key " + key);
      } else {
        hold(*known, member, place + "." + key, found);
      }
    }
  }

  void hold_keyword(const std::string& keyword, const Json& argument, const Json& value,
                    const std::string& place, Found& found) const {
    static const std::set<std::string> kOthers = {"$schema", "$defs", "title", "description",
                                                  "properties"};
    bool holds = true;
    if (keyword == "$ref") {
      hold(schema_.at(Json::json_pointer(argument.get<std::string>().substr(1))), value, place,
           found);
    } else if (keyword == "type") {
      holds = is_of(argument, value);
    } else if (keyword == "const") {
      holds = value == argument;
    } else if (keyword == "enum") {
      holds = std::find(argument.begin(), argument.end(), value) != argument.end();
    } else if (keyword == "minimum") {
      holds = !value.is_number() || value >= argument;
    } else if (keyword == "pattern") {
      holds = !value.is_string() ||
              std::regex_search(value.get<std::string>(), std::regex(argument.get<std::string>()));
    } else if (keyword == "required") {
      for (const Json& key : argument) holds = holds && value.contains(key.get<std::string>());
    } else if (keyword == "items") {
      for (size_t i = 0; i < value.size(); ++i) {
        hold(argument, value[i], place + "[" + std::to_string(i) + "]", found);
      }
    } else if (keyword == "anyOf") {
      holds = std::any_of(argument.begin(), argument.end(), [&](const Json& one) {
        Found inside;
        hold(one, value, place, inside);
        return inside.empty();
      });
    } else if (!kOthers.contains(keyword)) {
      found.push_back("the schema's keyword " + keyword + " is not known here");
    }
    if (!holds) found.push_back(place + ": " + keyword + " does not hold");
  }

  Json schema_;
};

}  // namespace twingrad
