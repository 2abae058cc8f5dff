#include "importers/pt2/argument.h"

#include <array>
#include <cmath>
#include <limits>

#include "importers/pt2/scalar_type.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Names = const TorchNames&;

double read_real(const JsonView& view) {
  if (!view.is_string()) return view.number();
  const std::string_view text = view.string();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  view.refuse("expected a number, found ", quoted_name(text));
}

TorchTensor named_tensor(const JsonView& view, Names names) {
  const JsonView name = view.at("name");
  const TorchBinding binding = names(name);
  const auto* tensor = std::get_if<TorchTensor>(&binding);
  if (tensor == nullptr) name.refuse(quoted_name(name.string()), " is a number, no tensor");
  return *tensor;
}

TorchNumber named_number(const JsonView& name, Names names) {
  const TorchBinding binding = names(name);
  const auto* number = std::get_if<TorchNumber>(&binding);
  if (number == nullptr) name.refuse(quoted_name(name.string()), " is a tensor, no number");
  return *number;
}

TorchNumber number_of(std::string_view key, const JsonView& value, Names names) {
  if (key == "as_name") return named_number(value, names);
  if (key == "as_int") return TorchNumber::of(value.integer());
  if (key == "as_bool") return TorchNumber::of(value.boolean());
  if (key == "as_float") return TorchNumber::of(read_real(value));
  value.refuse("expected a number, found ", quoted_name(key));
}

TorchNumber symbolic_number(const JsonView& view, Names names) {
  const auto [key, value] = read_union(view);
  return number_of(key, value, names);
}

TorchTensor optional_tensor(const JsonView& view, Names names) {
  const auto [key, value] = read_union(view);
  if (key == "as_none") return {};
  if (key == "as_tensor") return named_tensor(value, names);
  view.refuse("expected a tensor or nothing, found ", quoted_name(key));
}

template <typename Item, typename Read>
std::vector<Item> list(const JsonView& view, Read read) {
  std::vector<Item> items;
  for (const JsonView& item : view.items()) items.push_back(read(item));
  return items;
}

struct Kind {
  std::string_view key;
  TorchArgument (*read)(const JsonView& value, Names names);
};

template <typename Item, typename Read>
std::vector<TorchNumber> numbers(const JsonView& view, Read read) {
  return list<TorchNumber>(view, [&](const JsonView& item) { return TorchNumber::of(read(item)); });
}

TorchArgument placement(const JsonView&, Names) {
  return TorchPlacement();
}
TorchArgument symbolic(const JsonView& view, Names names) {
  return symbolic_number(view, names);
}
TorchArgument symbolics(const JsonView& view, Names names) {
  return list<TorchNumber>(view,
                           [&](const JsonView& item) { return symbolic_number(item, names); });
}
TorchArgument optional_tensors(const JsonView& view, Names names) {
  return list<TorchTensor>(view,
                           [&](const JsonView& item) { return optional_tensor(item, names); });
}

constexpr std::array kKinds = {
    Kind{"as_none", [](const JsonView&, Names) -> TorchArgument { return std::monostate(); }},
    Kind{"as_tensor",
         [](const JsonView& v, Names names) -> TorchArgument { return named_tensor(v, names); }},
    Kind{"as_tensors",
         [](const JsonView& v, Names names) -> TorchArgument {
           return list<TorchTensor>(
               v, [&](const JsonView& item) { return named_tensor(item, names); });
         }},
    Kind{"as_optional_tensor",
         [](const JsonView& v, Names names) -> TorchArgument { return optional_tensor(v, names); }},
    Kind{"as_optional_tensors", optional_tensors},
    Kind{"as_int",
         [](const JsonView& v, Names) -> TorchArgument { return TorchNumber::of(v.integer()); }},
    Kind{"as_float",
         [](const JsonView& v, Names) -> TorchArgument { return TorchNumber::of(read_real(v)); }},
    Kind{"as_bool",
         [](const JsonView& v, Names) -> TorchArgument { return TorchNumber::of(v.boolean()); }},
    Kind{"as_string",
         [](const JsonView& v, Names) -> TorchArgument { return std::string(v.string()); }},
    Kind{"as_ints",
         [](const JsonView& v, Names) -> TorchArgument {
           return numbers<int64_t>(v, [](const JsonView& item) { return item.integer(); });
         }},
    Kind{"as_floats",
         [](const JsonView& v, Names) -> TorchArgument {
           return numbers<double>(v, [](const JsonView& item) { return read_real(item); });
         }},
    Kind{"as_bools",
         [](const JsonView& v, Names) -> TorchArgument {
           return numbers<bool>(v, [](const JsonView& item) { return item.boolean(); });
         }},
    Kind{"as_sym_int", symbolic},
    Kind{"as_sym_float", symbolic},
    Kind{"as_sym_bool", symbolic},
    Kind{"as_sym_ints", symbolics},
    Kind{"as_sym_floats", symbolics},
    Kind{"as_sym_bools", symbolics},
    Kind{"as_scalar_type",
         [](const JsonView& v, Names) -> TorchArgument { return read_scalar_type(v); }},
    Kind{"as_memory_format", placement},
    Kind{"as_layout", placement},
    Kind{"as_device", placement},
    Kind{"as_graph", [](const JsonView& v, Names) -> TorchArgument { return v.at("graph"); }},
};

}  // namespace

std::pair<std::string_view, JsonView> read_union(const JsonView& view) {
  const auto members = view.members();
  if (members.size() != 1) view.refuse("a union of ", members.size(), " keys, expected one");
  return members.front();
}

TorchArgument read_argument(const JsonView& argument, const TorchNames& names) {
  const auto [key, value] = read_union(argument);
  for (const Kind& kind : kKinds) {
    if (kind.key == key) return kind.read(value, names);
  }
  fail_unsupported(argument.path(), ": arguments of kind ", quoted_name(key), " are not supported");
}

}  // namespace twingrad
