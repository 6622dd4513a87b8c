#include "ews/autodiscover/plain_redirect.h"

#include "ews/plain_http.h"

namespace mailward::ews {

Result<std::optional<std::string>> plain_redirect(const SocketAddress& address, std::string_view host,
                                                  std::string_view user_agent, Deadline deadline,
                                                  std::stop_token stop) {
  MW_TRY(auto socket, connect_tcp(address, deadline, stop));
  std::string request = "GET /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: ";
  request += host;
  request += "\r\nUser-Agent: ";
  request += user_agent;
  request += "\r\nConnection: close\r\n\r\n";
  MW_CHECK(send_plainly(socket.get(), request, deadline, stop));
  MW_TRY(auto head, read_plain_head(socket.get(), deadline, stop));
  const auto location = head.fields.get("Location");
  if (head.status < 300 || head.status >= 400 || location.empty()) return std::nullopt;
  return std::string(location);
}

}  // namespace mailward::ews
