#include "tests/ews/support/simulator_session.h"

#include <stdexcept>

namespace mailward::testing {

ews::Session session_to(const ExchangeSimulator& simulator, ews::Transport& transport, std::string_view user,
                        std::string_view password) {
  const std::string& url = simulator.url();
  const auto begin = url.find("//") + 2;
  const std::string address = url.substr(begin, url.find(':', begin) - begin);
  ews::Session session(transport, {.host = simulator.host(),
                                   .port = simulator.port(),
                                   .address = {.ip = IpAddress::parse(address).value(), .port = simulator.port()},
                                   .trust = CertificateTrust::from_pem(simulator.ca_pem()).value()});
  ews::Credential credential;
  credential.scheme = ews::Scheme::ntlm;
  credential.user = user;
  credential.password = SecretString(password);
  credential.account = user;
  if (!session.sign_in_with(std::move(credential))) throw std::runtime_error("this credential cannot be sent");
  return session;
}

}  // namespace mailward::testing
