#include "cli/trust_offer.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/file.h"

namespace mailward::cli {

std::vector<Json> offers_of(const Json& run) {
  std::vector<Json> offers;
  const auto steps = run.find("steps");
  if (steps == run.end() || !steps->is_array()) return offers;
  for (const Json& step : *steps) {
    const auto offer = step.find("offer");
    if (offer == step.end() || !offer->is_object() || shown(*offer, "kind") != "trust_issuer") continue;
    const bool known = std::ranges::any_of(offers, [&](const Json& one) {
      return shown(one, "fingerprint_sha256") == shown(*offer, "fingerprint_sha256");
    });
    if (!known) offers.push_back(*offer);
  }
  return offers;
}

void tell_of_offers(const std::vector<Json>& offers, const std::filesystem::path& saved_as) {
  for (const Json& offer : offers) {
    const bool server = shown(offer, "what") == "server";
    print("\n  " +
          std::string(server ? "The server's own certificate can be trusted: " : "Its issuer can be trusted: ") +
          shown(offer, "subject") + "\n    SHA-256      " + shown(offer, "fingerprint_sha256") + "\n    valid until  " +
          shown(offer, "not_after") + "\n");
  }
  if (offers.empty()) return;
  const std::string file = saved_as.empty() ? "FILE" : saved_as.string();
  print(
      "  Compare the fingerprint with what the Exchange administrator reads on the server, not over this connection;\n"
      "  only then: " +
      (saved_as.empty() ? std::string("test again with --save-issuer FILE, and ") : std::string()) +
      "mailward connection edit … --trust-file " + file + " --ask-password\n");
}

Status save_offers(const std::vector<Json>& offers, const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, error))) {
    return fail(Error(BaseError::invalid_argument, file.string() + " is there already")
                    .with_remedy("name a file that is not there yet (--save-issuer)"));
  }
  std::string pem;
  for (const Json& offer : offers) pem += shown(offer, "pem");
  return write_file_durably(file, pem, 0644);
}

}  // namespace mailward::cli
