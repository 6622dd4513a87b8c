#include "exchange_sim/autodiscover.h"
#include "exchange_sim/front_end_exchange.h"
#include "exchange_sim/pages.h"

/// Autodiscover at a front end, for whoever has signed in.
namespace mailward::exchange_sim {

http::Response FrontEnd::autodiscover(Exchange& exchange) const {
  if (exchange.request.method != "POST") return iis(405, "text/html", status_page(405));
  const bool by_soap = exchange.request.path.ends_with(".svc");
  exchange.record.operation = by_soap ? "AutodiscoverSoap" : "Autodiscover";
  // The port that the client came to: behind a test's balancer it need not be 443.
  const std::string host(exchange.request.headers.get("Host"));
  const std::size_t colon = host.rfind(':');
  const std::string base = "https://" + shared_.host + (colon == std::string::npos ? "" : host.substr(colon));
  return iis(200, "text/xml; charset=utf-8",
             by_soap ? answer_user_settings(shared_.organisation, exchange.request.body, base)
                     : answer_pox(shared_.organisation, exchange.request.body, base));
}

}  // namespace mailward::exchange_sim
