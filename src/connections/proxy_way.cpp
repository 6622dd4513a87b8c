#include "connections/proxy_way.h"

#include "connections/directory_settings.h"
#include "kerberos/tickets.h"

namespace mailward::connections {
namespace {

Result<SocketAddress> address_of(const ProxyParts& parts, const ProxyUrl& url, Deadline deadline) {
  MW_TRY(const auto found, parts.resolver.resolve(url.host, deadline));
  std::optional<Error> refused;
  for (const IpAddress& ip : found) {
    const SocketAddress address{ip, url.port};
    auto allowed = parts.destinations.check(address);
    if (allowed) return address;
    refused = std::move(allowed).error();
  }
  return fail(*std::move(refused));
}

ews::Scheme scheme_of(ProxySignIn way) {
  switch (way) {
    case ProxySignIn::ntlm:
      return ews::Scheme::ntlm;
    case ProxySignIn::negotiate:
      return ews::Scheme::negotiate;
    case ProxySignIn::none:
    case ProxySignIn::basic:
      return ews::Scheme::basic;
  }
  return ews::Scheme::basic;
}

std::unexpected<Error> no_ticket(const std::string& host, Error error) {
  const std::string service = "HTTP/" + host;
  const bool unknown = error.is(kerberos::KerberosError::no_spn) || error.is(kerberos::KerberosError::duplicate_spn);
  if (!unknown) return fail(std::move(error));
  return fail(Error(ConnectionsError::invalid_form, "no one account in Active Directory holds the service name " +
                                                        service + " of the proxy: " + error.message())
                  .with_remedy("register it for the proxy's account: setspn -S " + service +
                               " ACCOUNT; or sign in to the proxy otherwise")
                  .caused_by(std::move(error)));
}

Status add_ticket(ews::Proxy& proxy, const ProxyParts& parts, const ProxyForm& form, const SecretString& password,
                  const std::optional<DirectoryRecord>& directory, Deadline deadline, const std::stop_token& stop) {
  if (!directory || directory->form.realm.empty()) {
    return fail(
        Error(ConnectionsError::invalid_form, "Negotiate to the proxy needs the realm of the account's directory")
            .with_remedy("give the service account a directory with a realm, or sign in to the proxy otherwise"));
  }
  const auto ask = [&]() -> Result<kerberos::Tickets> {
    MW_TRY(const auto settings, realm_settings(*directory, parts.resolver, parts.destinations, deadline));
    return kerberos::acquire(settings, form.user, password, deadline, stop);
  };
  MW_TRY(auto tickets,
         parts.proxies.tickets(form, password, directory->form.realm, ask, parts.refused, deadline, stop));
  auto ticket = kerberos::fetch_service_ticket(*tickets, "HTTP", proxy.host, deadline, stop);
  if (!ticket) return no_ticket(proxy.host, std::move(ticket).error());
  proxy.tickets = ews::TicketHandle(tickets, tickets->credential());
  proxy.service = ticket->principal;
  proxy.witness = parts.proxies.witness(tickets);
  return {};
}

}  // namespace

Result<ProxyWay> ProxyWay::find(const ProxyParts& parts, const ProxyForm& form,
                                const std::optional<SecretString>& password,
                                const std::optional<DirectoryRecord>& directory, Deadline deadline,
                                const std::stop_token& stop) {
  ProxyWay way;
  if (!form.is_set()) return way;
  MW_TRY(const auto url, ProxyUrl::parse(form.url));
  ews::Proxy proxy;
  proxy.host = url.host;
  MW_TRY(proxy.address, address_of(parts, url, deadline));
  if (url.tls) {
    proxy.tls = CertificateTrust::system();
    if (!form.trust_pem.empty()) {
      MW_TRY(proxy.tls, CertificateTrust::from_pem(form.trust_pem));
    }
  }
  if (form.signs_in()) {
    if (!password) return fail(ConnectionsError::no_password, "no password of the proxy is known");
    proxy.scheme = scheme_of(form.sign_in);
    if (form.sign_in == ProxySignIn::negotiate) {
      MW_CHECK(add_ticket(proxy, parts, form, *password, directory, deadline, stop));
    } else {
      proxy.user = form.user;
      proxy.password = password->clone();
      proxy.witness = parts.proxies.witness(form, *password, parts.refused);
    }
  }
  way.proxy_ = std::move(proxy);
  return way;
}

std::optional<ews::Proxy> ProxyWay::proxy() const {
  if (!proxy_) return std::nullopt;
  return ews::Proxy{.address = proxy_->address,
                    .user = proxy_->user,
                    .password = proxy_->password.clone(),
                    .scheme = proxy_->scheme,
                    .host = proxy_->host,
                    .tls = proxy_->tls,
                    .tickets = proxy_->tickets,
                    .service = proxy_->service,
                    .witness = proxy_->witness};
}

}  // namespace mailward::connections
