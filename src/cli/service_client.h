#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/tls.h"
#include "http/client.h"

namespace mailward::cli {

using Json = nlohmann::ordered_json;

enum class ClientError {
  unreachable,  ///< nobody answers on the socket, or we may not use it
  broken,       ///< the service answered what is no answer of this API
  refused,      ///< the service said no; the problem document says why
};
std::string_view error_subject(ClientError code);
std::string_view error_name(ClientError code);

/// A problem document (RFC 9457), as far as a person wants it.
struct Problem {
  int status = 0;
  std::string code;  ///< "connections.version_conflict"
  std::string detail;
  std::string remedy;
  std::vector<std::pair<std::string, std::string>> fields;  ///< what does not hold, member by member
  std::string text;                                         ///< the whole document, as it came
};

/// Where the service is: on this host by its socket, or elsewhere by its address and an API token.
struct ServicePlace {
  std::filesystem::path socket{};
  std::string server{};  ///< "https://mailward.example.test:8443"; empty: the socket
  SecretString token{};
  CertificateTrust trust = CertificateTrust::system();
};

/// The API of the service. For one thread.
class ServiceClient {
 public:
  /// Each call has its answer within `patience`.
  explicit ServiceClient(ServicePlace place, std::chrono::milliseconds patience = std::chrono::seconds(10));

  /// What the service answers, parsed; null where it answers nothing (204). `path` is below /api/v1. Errors:
  /// ClientError; after `refused`, problem() holds the document.
  Result<Json> call(std::string_view method, const std::string& path);
  Result<Json> call(std::string_view method, const std::string& path, const Json& body);
  /// The same with a password in the member `name`: it is written into the text that is sent, which is wiped.
  Result<Json> call(std::string_view method, const std::string& path, const Json& body, std::string_view name,
                    const SecretString* secret);
  /// With several; one that is null is left out.
  using NamedSecrets = std::initializer_list<std::pair<std::string_view, const SecretString*>>;
  Result<Json> call(std::string_view method, const std::string& path, const Json& body, NamedSecrets secrets);

  /// What a GET answers, as it came: for what is kept as a file.
  Result<std::string> fetch(const std::string& path);

  /// Reads a run's events until the run ends, taking up a broken stream where it was. `on_event` gets each event's
  /// data. Errors: ClientError, timed_out, cancelled.
  Status follow(const std::string& run, const std::function<void(const Json&)>& on_event, Deadline deadline,
                const std::stop_token& stop = {});

  /// For a call that takes its time.
  void be_patient(std::chrono::milliseconds patience) { patience_ = patience; }

  const Problem& problem() const { return problem_; }

 private:
  http::ClientRequest request_for(std::string_view method, const std::string& path) const;
  Result<Json> send(std::string_view method, const std::string& path, std::string body);
  std::unexpected<Error> refusal(const http::Response& answer);
  std::unexpected<Error> no_contact(const Error& error) const;

  std::unexpected<Error> no_contact_by_socket(const Error& error) const;

  ServicePlace place_;
  std::chrono::milliseconds patience_;
  http::Client http_;
  Problem problem_;
};

/// One path segment, encoded.
std::string segment(std::string_view text);

}  // namespace mailward::cli
