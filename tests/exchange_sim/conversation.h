#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/client.h"
#include "tests/support/exchange_simulator.h"

/// Talking to the simulator with the plain HTTP client: what the tests of this folder share.
namespace mailward::testing {

inline constexpr std::string_view kServiceAccount = "EXAMPLE\\svc-mailward";
inline constexpr std::string_view kServicePassword = "Sample-Passw0rd!";

struct SoapCall {
  std::string body;                                ///< the operation's element, prefixes m: and t:
  std::string impersonate = "usera@example.test";  ///< empty: nobody
  std::string version = "Exchange2016";            ///< empty: no RequestServerVersion
};
std::string envelope(const SoapCall& call);
std::string get_folder_call(std::string_view folder = "inbox", std::string_view shape = "Default");

std::string basic(std::string_view user, std::string_view password);

/// A client that trusts the simulator's authority. One connection, kept.
http::Client client_of(const ExchangeSimulator& simulator);
/// A POST of XML to `url`.
Result<http::Response> post(http::Client& client, const std::string& url, const std::string& body,
                            const std::string& authorization, const http::Headers& more = {});
/// A signed-in call by Basic on a new connection. Throws where no answer came.
http::Response call(const ExchangeSimulator& simulator, const SoapCall& soap);

/// One TLS connection of its own, over which requests go one after another (http::Client takes a new one for each
/// POST).
class Line {
 public:
  Line(const ExchangeSimulator& simulator, const std::string& url);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  /// Throws where no whole answer comes.
  http::Response post(const std::string& body, const std::string& authorization);
  /// The same, up to the end of the head: for an answer whose body comes in pieces.
  http::Response begin(const std::string& body, const std::string& authorization);
  /// The next piece of a chunked body; empty at its end.
  std::string chunk();
  /// The tls-server-end-point binding of the certificate that was shown.
  const Bytes& end_point() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

enum class Binding { none, right, wrong };
/// Signs in by NTLM on the line and sends the body with the last leg. `scheme` is the header's word.
http::Response ntlm_call(Line& line, std::string_view user, std::string_view password, Binding binding,
                         const std::string& body, std::string_view scheme = "NTLM");

/// What is wrong with the elements inside s:Body of these envelopes by messages.xsd; empty: all are valid.
std::string schema_errors(const std::vector<std::string>& envelopes);
/// The same against another schema.
std::string schema_errors(const std::vector<std::string>& envelopes, const std::filesystem::path& schema);
/// The text of the first element of that local name; empty if there is none.
std::string element_text(const std::string& xml, std::string_view name);
/// The value of the first attribute of that name in the first element of that local name.
std::string attribute_of(const std::string& xml, std::string_view element, std::string_view attribute);

struct Ran {
  int exit_code = -1;
  std::string output;  ///< both
};
/// Runs a program by `timeout 60`.
Ran run(std::vector<std::string> command, const std::vector<std::pair<std::string, std::string>>& environment = {});

}  // namespace mailward::testing
