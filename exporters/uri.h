#pragma once

#include <string>
#include <string_view>

namespace twingrad {

// A path of the file system as a URI reference (RFC 3986): relative ones stay relative, absolute
// ones become file URIs; what has no place in a path is percent-encoded.
std::string uri_of_path(std::string_view path);

}  // namespace twingrad
