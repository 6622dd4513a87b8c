#pragma once

#include <memory>

#include "base/net.h"
#include "http/router.h"

/// Who may use the control API: whoever is on this machine, but no web page in his browser.
namespace mailward::exchange_sim {

bool is_loopback(const IpAddress& address);

/// The same routes, refused (403) to requests whose Host is no loopback address and not localhost (a name that was led
/// here by DNS), and to those that carry the Origin of another page. Browsers send Origin with whatever could change
/// something; other programs send none.
std::shared_ptr<const http::Router> only_for_this_machine(const http::Router& router);

}  // namespace mailward::exchange_sim
