#include "exchange_sim/pages.h"

#include "http/request.h"

namespace mailward::exchange_sim {

std::string status_page(int status) {
  const std::string phrase(http::reason_phrase(status));
  return "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">\r\n"
         "<HTML><HEAD><TITLE>" +
         phrase +
         "</TITLE>\r\n"
         "<META HTTP-EQUIV=\"Content-Type\" Content=\"text/html; charset=us-ascii\"></HEAD>\r\n"
         "<BODY><h2>" +
         phrase + "</h2>\r\n<hr><p>HTTP Error " + std::to_string(status) + ". " + phrase +
         ".</p>\r\n</BODY></HTML>\r\n";
}

http::Response redirect_page(const std::string& location) {
  http::Response response = http::Response::of(
      302, "text/html; charset=UTF-8",
      "<head><title>Document Moved</title></head>\n<body><h1>Object Moved</h1>This document may be found <a HREF=\"" +
          location + "\">here</a></body>");
  response.headers.add("Location", location);
  response.headers.add("Server", "Microsoft-IIS/10.0");
  response.headers.add("X-Powered-By", "ASP.NET");
  return response;
}

http::Response login_timeout_page() {
  http::Response response =
      http::Response::of(440, "text/html; charset=utf-8",
                         "<!DOCTYPE html><html><head><title>Outlook</title></head><body><script>window.top.location = "
                         "\"/owa/auth/logon.aspx?replaceCurrent=1&reason=2\";</script></body></html>");
  response.reason = "Login Timeout";
  response.headers.add("Server", "Microsoft-IIS/10.0");
  response.headers.add("X-Powered-By", "ASP.NET");
  return response;
}

http::Response logon_redirect(const std::string& host) {
  const std::string back = http::percent_encode("https://" + host + "/ews/exchange.asmx");
  http::Response response = redirect_page("https://" + host + "/owa/auth/logon.aspx?url=" + back + "&reason=0");
  return response;
}

http::Response portal_page() {
  return http::Response::of(
      200, "text/html; charset=utf-8",
      "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Network sign-in</title></head><body><h1>Welcome"
      "</h1><form method=\"post\" action=\"/login\"><label>User <input name=\"user\"></label>"
      "<label>Password <input type=\"password\" name=\"password\"></label>"
      "<button>Sign in</button></form></body></html>\n");
}

std::string service_page(const std::string& host) {
  return "<HTML><HEAD><TITLE>Service</TITLE></HEAD><BODY><P>You have created a service.</P><PRE>svcutil.exe https://" +
         host + "/EWS/Services.wsdl</PRE></BODY></HTML>";
}

}  // namespace mailward::exchange_sim
