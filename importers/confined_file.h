#pragma once

#include <string>
#include <string_view>

#include "importers/file_descriptor.h"
#include "importers/input_file.h"

namespace twingrad {

// A folder whose files refer to one another by path (a model and its external data, a bundle).
// Such paths are foreign text. They are not cleaned up here: the kernel resolves them and refuses
// whatever would leave the folder, so that no spelling of a path gets around it.
class Folder {
 public:
  // A folder that the user named; links are followed up to here. Throws Error, naming it.
  explicit Folder(const std::string& path);

  const std::string& path() const { return path_; }

  // Opens a file beneath the folder. Throws Error, naming `relative`, for absolute paths, for those
  // that leave the folder, pass a symbolic link or hold a NUL, and for whatever is not a regular
  // file with one single name (a second hard link may be a file that is none of the folder's).
  // Never blocks. "sub/../file" is legal.
  InputFile open(std::string_view relative) const;

  // The same, one component after the other: what `open` does where the kernel has no openat2
  // (Linux before 5.6, or a sandbox that forbids it).
  InputFile open_by_components(std::string_view relative) const;

 private:
  std::string path_;
  FileDescriptor descriptor_;
};

}  // namespace twingrad
