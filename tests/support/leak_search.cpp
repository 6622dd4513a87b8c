#include "tests/support/leak_search.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

namespace mailward::testing {

namespace {

constexpr std::size_t kPiece = std::size_t{4} << 20;

std::string utf16le(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0x80U) != 0) throw std::logic_error("secrets of these tests are ASCII");
    out.push_back(c);
    out.push_back('\0');
  }
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i + k])); };
    const unsigned three = (at(0) << 16U) | (at(1) << 8U) | at(2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) out.push_back(kDigits[(three >> shift) & 63U]);
  }
  return out;
}

std::string escaped(std::string_view text, const std::function<std::string(unsigned char)>& escape) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    out += plain ? std::string(1, c) : escape(static_cast<unsigned char>(c));
  }
  return out;
}

std::string percent(unsigned char c) {
  std::array<char, 4> text{};
  std::snprintf(text.data(), text.size(), "%%%02X", static_cast<unsigned>(c));
  return text.data();
}

std::string json(unsigned char c) {
  if (c == '"' || c == '\\') return {'\\', static_cast<char>(c)};
  return {static_cast<char>(c)};
}

/// Piece by piece, overlapping so that nothing is missed at a border.
void search(const std::function<std::size_t(char*, std::size_t)>& read, const std::vector<Needle>& needles,
            std::vector<std::string>& found) {
  std::size_t longest = 0;
  for (const Needle& needle : needles) longest = std::max(longest, needle.bytes.size());
  std::string piece(kPiece + longest, '\0');
  std::size_t kept = 0;
  while (const std::size_t got = read(piece.data() + kept, kPiece)) {
    const std::string_view here(piece.data(), kept + got);
    for (const std::string& form : found_in(here, needles)) {
      if (std::ranges::find(found, form) == found.end()) found.push_back(form);
    }
    kept = std::min(here.size(), longest);
    std::copy(here.end() - static_cast<std::ptrdiff_t>(kept), here.end(), piece.begin());
  }
}

}  // namespace

std::vector<Needle> needles_of(std::string_view secret) {
  std::vector<Needle> needles{{"plain", std::string(secret)},
                              {"UTF-16LE", utf16le(secret)},
                              {"URL-escaped", escaped(secret, percent)},
                              {"JSON-escaped", escaped(secret, json)}};
  for (std::size_t skip = 0; skip < 3; ++skip) {
    needles.push_back({"base64 from byte " + std::to_string(skip), base64(secret.substr(skip))});
  }
  return needles;
}

std::vector<std::string> found_in(std::string_view text, const std::vector<Needle>& needles) {
  std::vector<std::string> found;
  for (const Needle& needle : needles) {
    if (text.find(needle.bytes) != std::string_view::npos) found.push_back(needle.form);
  }
  return found;
}

std::vector<std::string> found_in_file(const std::filesystem::path& path, const std::vector<Needle>& needles) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (!std::filesystem::exists(path)) return {};
    throw std::runtime_error(path.string() + " cannot be read");
  }
  std::vector<std::string> found;
  search(
      [&](char* to, std::size_t most) {
        file.read(to, static_cast<std::streamsize>(most));
        return static_cast<std::size_t>(file.gcount());
      },
      needles, found);
  return found;
}

std::vector<std::string> found_in_process(pid_t process, const std::vector<Needle>& needles) {
  const std::string folder = "/proc/" + std::to_string(process);
  const FileDescriptor memory(open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  std::ifstream maps(folder + "/maps");
  if (!memory || !maps)
    throw std::runtime_error("the memory of process " + std::to_string(process) + " cannot be read");
  std::vector<std::string> found;
  std::size_t mappings = 0;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string range;
    std::string rights;
    std::string skipped;
    std::string name;
    words >> range >> rights >> skipped >> skipped >> skipped >> name;
    if (!rights.starts_with("rw")) continue;
    ++mappings;
    std::size_t at = std::strtoull(range.c_str(), nullptr, 16);
    const std::size_t end = std::strtoull(range.c_str() + range.find('-') + 1, nullptr, 16);
    std::vector<std::string> here;
    search(
        [&](char* to, std::size_t most) {
          // A page that is gone by now ends this mapping.
          const ssize_t got = pread(memory.get(), to, std::min(most, end - at), static_cast<off_t>(at));
          if (got <= 0) return std::size_t{0};
          at += static_cast<std::size_t>(got);
          return static_cast<std::size_t>(got);
        },
        needles, here);
    for (const std::string& form : here) {
      found.push_back(form + " in " + (name.empty() ? "anonymous memory" : name) + " of " +
                      std::to_string((end - std::strtoull(range.c_str(), nullptr, 16)) / 1024) + " KiB");
    }
  }
  if (mappings == 0) throw std::runtime_error("process " + std::to_string(process) + " shows no memory");
  return found;
}

}  // namespace mailward::testing
