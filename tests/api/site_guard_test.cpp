#include "api/site_guard.h"

#include <gtest/gtest.h>

#include "api/error.h"

namespace mailward::api {
namespace {

http::Request request_with(http::Headers headers) {
  http::Request request;
  request.method = "POST";
  request.headers = std::move(headers);
  return request;
}

http::Connection arrived_at(const char* address) {
  http::Connection connection;
  connection.local = *SocketAddress::parse(address);
  return connection;
}

TEST(SiteGuard, knows_its_names_and_the_address_that_was_connected_to) {
  const SiteGuard guard({"guard.example.test"});
  const http::Connection connection = arrived_at("192.0.2.10:8443");
  for (const char* host : {"localhost", "localhost:8443", "LOCALHOST:1", "guard.example.test", "Guard.Example.Test:443",
                           "guard.example.test.", "192.0.2.10:8443", "192.0.2.10"}) {
    EXPECT_TRUE(guard.check_host(request_with({{"Host", host}}), connection)) << host;
  }
  for (const char* host :
       {"evil.example", "guard.example.test.evil.example", "192.0.2.11", "127.0.0.1", "", "[::1]", "[", ":8443"}) {
    const auto refused = guard.check_host(request_with({{"Host", host}}), connection);
    ASSERT_FALSE(refused) << host;
    EXPECT_TRUE(refused.error().is(ApiError::wrong_host)) << host;
  }
  EXPECT_TRUE(guard.check_host(request_with({{"Host", "[::1]:8443"}}), arrived_at("[::1]:8443")));
}

TEST(SiteGuard, refuses_what_another_site_sends) {
  const auto from = [](const char* origin, const char* site) {
    http::Headers headers{{"Host", "localhost:8443"}};
    if (origin != nullptr) headers.set("Origin", origin);
    if (site != nullptr) headers.set("Sec-Fetch-Site", site);
    return SiteGuard::check_origin(request_with(std::move(headers))).has_value();
  };
  EXPECT_TRUE(from(nullptr, nullptr));
  EXPECT_TRUE(from("https://localhost:8443", "same-origin"));
  EXPECT_TRUE(from(nullptr, "none"));
  EXPECT_FALSE(from("http://localhost:8443", nullptr));
  EXPECT_FALSE(from("https://localhost", nullptr));
  EXPECT_FALSE(from("https://evil.example", nullptr));
  EXPECT_FALSE(from("null", nullptr));
  EXPECT_FALSE(from(nullptr, "cross-site"));
  EXPECT_FALSE(from(nullptr, "same-site"));
}

}  // namespace
}  // namespace mailward::api
