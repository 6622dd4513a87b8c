#include "tests/support/kept_conversations.h"

#include <array>
#include <cstdio>
#include <memory>

#include "tests/support/paths.h"

namespace mailward::testing {

std::string schema_verdict(const std::filesystem::path& kept, KeptBodies which) {
  const std::string command = "/usr/bin/python3 '" +
                              (source_dir() / "tests" / "support" / "schema_verdict.py").string() + "' '" +
                              (*shared_dir() / "ews-schema" / "messages.xsd").string() + "' '" + kept.string() + "' " +
                              (which == KeptBodies::answers ? "response" : "request response") + " 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string said;
  std::array<char, 4096> piece{};
  while (const std::size_t got = fread(piece.data(), 1, piece.size(), pipe.get())) said.append(piece.data(), got);
  return said;
}

}  // namespace mailward::testing
