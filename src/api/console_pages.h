#pragma once

#include "http/request.h"
#include "http/response.h"

namespace mailward::api {

/// Answers GET and HEAD for what is not below /api: the console's files, and for the path of a page (which its own code
/// tells apart) the console's first document. 404 for a file that is not there. Each answer has the headers that keep a
/// browser from doing anything else with the page (CSP and the like).
http::Response console_page(const http::Request& request);

/// Sets the headers that every answer over TCP carries.
void harden(http::Headers& headers);

}  // namespace mailward::api
