#include "exchange_sim/autodiscover.h"
#include "exchange_sim/autodiscover_soap.h"
#include "exchange_sim/front_end_exchange.h"
#include "exchange_sim/pages.h"

/// Autodiscover at a front end, for whoever has signed in.
namespace mailward::exchange_sim {

http::Response FrontEnd::autodiscover(Exchange& exchange) const {
  if (exchange.request.method != "POST") return iis(405, "text/html", status_page(405));
  // The port that the client came to: behind a test's balancer it need not be 443.
  const std::string host(exchange.request.headers.get("Host"));
  const std::size_t colon = host.rfind(':');
  const std::string base = "https://" + shared_.host + (colon == std::string::npos ? "" : host.substr(colon));
  if (!is_autodiscover_soap(exchange.request.path)) {
    exchange.record.operation = "Autodiscover";
    return iis(200, "text/xml; charset=utf-8", answer_pox(shared_.organisation, exchange.request.body, base));
  }
  AutodiscoverSoapAnswer answer =
      answer_autodiscover_soap(shared_.organisation, *exchange.directory.build, exchange.request.body, base);
  exchange.record.operation = answer.operation.empty() ? "AutodiscoverSoap" : std::move(answer.operation);
  return iis(answer.status, answer.body.empty() ? "" : "text/xml; charset=utf-8", std::move(answer.body));
}

}  // namespace mailward::exchange_sim
