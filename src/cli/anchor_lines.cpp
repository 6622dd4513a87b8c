#include "cli/anchor_lines.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <map>
#include <system_error>

#include <nlohmann/json.hpp>

namespace mailward::cli {

namespace {

constexpr std::size_t kLast = 2000;
constexpr std::size_t kOthers = 2000;

std::vector<std::string> thinned(std::vector<std::string> all) {
  if (all.size() <= kLast + kOthers) return all;
  std::vector<std::string> kept;
  const std::size_t others = all.size() - kLast;
  for (std::size_t i = 0; i < kOthers; ++i) kept.push_back(std::move(all[i * others / kOthers]));
  std::move(all.end() - kLast, all.end(), std::back_inserter(kept));
  return kept;
}

}  // namespace

Result<std::vector<std::string>> read_anchor_lines(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(BaseError::io, "cannot open " + file + ": " + std::generic_category().message(errno));
  std::multimap<std::int64_t, std::string> known;
  for (std::string line; std::getline(in, line);) {
    const std::size_t begin = line.find("{\"number\":");
    if (begin == std::string::npos) continue;
    const auto json = nlohmann::json::parse(line.substr(begin), nullptr, false);
    if (!json.is_object() || !json["number"].is_number_integer() || !json.contains("mac") || !json["mac"].is_string()) {
      continue;
    }
    const auto number = json["number"].get<std::int64_t>();
    const auto mac = json["mac"].get<std::string>();
    const auto [first, last] = known.equal_range(number);
    if (std::none_of(first, last, [&](const auto& one) { return one.second == mac; })) known.emplace(number, mac);
  }
  if (in.bad()) return fail(BaseError::io, "cannot read " + file);
  if (known.empty()) {
    return fail(Error(BaseError::malformed, file + " holds no entry of an audit trail")
                    .with_remedy("name a file of lines that Mailward sent out ([audit] forward)"));
  }
  std::vector<std::string> pairs;
  for (const auto& [number, mac] : known) pairs.push_back(std::to_string(number) + ":" + mac);
  return thinned(std::move(pairs));
}

}  // namespace mailward::cli
