#include "tests/support/loopback_address.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <stdexcept>
#include <utility>

namespace mailward::testing {

LoopbackAddress::LoopbackAddress() {
  auto folder = std::filesystem::temp_directory_path() / "mailward-addresses";
  std::filesystem::create_directories(folder);
  std::random_device random;
  for (int attempt = 0; attempt < 2000; ++attempt) {
    std::string address = "127.77." + std::to_string(1 + random() % 254) + "." + std::to_string(2 + random() % 252);
    int fd = open((folder / address).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) continue;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
      text_ = std::move(address);
      lock_ = fd;
      return;
    }
    close(fd);
  }
  throw std::runtime_error("no loopback address is free under " + folder.string());
}

LoopbackAddress::LoopbackAddress(LoopbackAddress&& other) noexcept
    : text_(std::move(other.text_)), lock_(std::exchange(other.lock_, -1)) {}

LoopbackAddress::~LoopbackAddress() {
  if (lock_ >= 0) close(lock_);
}

}  // namespace mailward::testing
