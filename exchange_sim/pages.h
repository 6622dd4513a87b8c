#pragma once

#include <string>
#include <string_view>

#include "http/response.h"

/// The pages that are no SOAP: IIS's, the sign-in form's, a portal's. Short forms of the real ones, in our words.
namespace mailward::exchange_sim {

/// IIS's page for a status, "text/html".
std::string status_page(int status);
/// 302 as IIS sends it.
http::Response redirect_page(const std::string& location);
/// 440 "Login Timeout" with a script page (exchange.md, fact 14).
http::Response login_timeout_page();
/// 302 to /owa/auth/logon.aspx (exchange.md, fact 14).
http::Response logon_redirect(const std::string& host);
/// A hotel's or a firewall's sign-in page under HTTP 200.
http::Response portal_page();
/// What a browser gets from /EWS/Exchange.asmx.
std::string service_page(const std::string& host);

}  // namespace mailward::exchange_sim
