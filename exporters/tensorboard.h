#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace twingrad {

// A new event file of TensorBoard's in a folder, which is made where it is missing: records of
// TFRecord framing (length, masked CRC-32C of it, data, masked CRC-32C of them) that hold `Event`
// messages of tensorflow/core/util/event.proto. What is written is there at once, since TensorBoard
// reads while a run goes on.
class EventFile {
 public:
  // Throws Error where it cannot be made.
  explicit EventFile(const std::string& folder);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  // Numbers by tag, "loss/train", at one step.
  void scalars(int64_t step, const std::map<std::string, double>& values);

 private:
  void record(const std::string& event);

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace twingrad
