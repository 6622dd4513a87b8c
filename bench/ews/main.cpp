// ./dev bench ews: what our client costs, beside the least that libcurl, pugixml and a base64 decoder can do, and
// beside exchangelib and DavMail doing the same against the same simulator in the same run.
//
//   ews-bench [--messages N] [--folders N] [--seconds S] [--json FILE]
//
// Figures of one run stand for nothing by themselves: the ratios do. "CPU" is what the client alone had of the
// processors; the simulator's own stands beside it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/ews/bare.h"
#include "bench/ews/ours.h"
#include "bench/ews/peers.h"
#include "ews/soap.h"
#include "kerberos/tickets.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/paths.h"
#include "tests/support/samba_dc.h"

namespace mailward::bench {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

struct Options {
  std::size_t messages = 1000;
  std::size_t folders = 20'000;
  double seconds = 3;
  std::string json;
  bool ours_alone = false;
  std::vector<std::string> parts{"capacity", "transport", "messages", "sync"};
};

constexpr std::size_t kMessageBytes = 50'000;
constexpr int kManyConnections = 27;

/// Messages of about 50 KB: a text body and an attachment in base64, as most are.
void write_messages(const std::filesystem::path& folder, std::size_t count) {
  std::mt19937 random(1);
  for (std::size_t i = 0; i < count; ++i) {
    std::ofstream out(folder / fmt::format("{:06}.eml", i), std::ios::binary);
    std::string text = fmt::format(
        "From: x@example.test\r\nTo: usera@example.test\r\nSubject: Message {}\r\nMessage-ID: <{}@example.test>\r\n"
        "Date: Mon, 01 Sep 2025 09:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
        "boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSome lines of text.\r\n--b\r\n"
        "Content-Type: application/octet-stream; name=data.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        i, i);
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    while (text.size() < kMessageBytes) {
      for (int j = 0; j < 76; ++j) text += kAlphabet[random() % kAlphabet.size()];
      text += "\r\n";
    }
    out << text << "--b--\r\n";
  }
}

std::string configuration(const std::filesystem::path& mail, const std::string& keytab) {
  return fmt::format(R"(mail = "{}"
[exchange]
schemes = ["Negotiate", "NTLM", "Basic"]
extended_protection = "allow"
keytab = "{}"
[[front_end]]
name = "EX01"
listen = "{{ADDRESS}}:443"
[[account]]
name = 'EXAMPLE\usera'
upn = "usera@example.test"
password = "Sample-Usera-1!"
[[mailbox]]
smtp = "usera@example.test"
account = 'EXAMPLE\usera'
messages = 0
)",
                     mail.string(), keytab);
}

/// A real directory's tickets for the simulator's service, and a cache of them for libcurl. None where no controller
/// runs here.
struct Kerberos {
  std::shared_ptr<kerberos::Tickets> tickets;
  std::string service;
};
std::optional<Kerberos> kerberos_of(const std::filesystem::path& folder) {
  if (const auto why = testing::SambaDc::unavailable()) {
    std::printf("without Negotiate: %s\n", why->c_str());
    return std::nullopt;
  }
  auto& controller = testing::SambaDc::shared();
  controller.create_user("ews-web", "Web-pass-1");
  controller.add_spn("ews-web", "HTTP/mail.example.test");
  controller.create_user("usera", "Sample-Usera-1!");
  controller.export_keytab("HTTP/mail.example.test", (folder / "keytab").string());
  kerberos::Settings settings;
  settings.home = {.name = "EXAMPLE.TEST",
                   .controllers = {{.ip = IpAddress::parse(controller.address()).value(), .port = 88}}};
  auto tickets =
      kerberos::acquire(settings, "usera@example.test", SecretString("Sample-Usera-1!"), Deadline::after(20s));
  if (!tickets) throw std::runtime_error(tickets.error().describe());
  Kerberos made{.tickets = std::make_shared<kerberos::Tickets>(*std::move(tickets)), .service = {}};
  auto service = kerberos::fetch_service_ticket(*made.tickets, "HTTP", "mail.example.test", Deadline::after(20s));
  if (!service) throw std::runtime_error(service.error().describe());
  made.service = service->principal;
  setenv("KRB5_CONFIG", controller.krb5_conf().c_str(), 1);
  setenv("KRB5CCNAME", ("FILE:" + (folder / "tickets").string()).c_str(), 1);
  FILE* kinit = popen("kinit usera@EXAMPLE.TEST >/dev/null", "w");
  std::fputs("Sample-Usera-1!\n", kinit);
  if (pclose(kinit) != 0) throw std::runtime_error("kinit failed");
  return made;
}

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {
    std::filesystem::create_directory(folder_.path() / "mail");
    write_messages(folder_.path() / "mail", options.messages);
    kerberos_ = kerberos_of(folder_.path());
    simulator_.emplace(testing::SimulatorOptions{
        .config = configuration(folder_.path() / "mail", kerberos_ ? (folder_.path() / "keytab").string() : "")});
    server_ = {.url = simulator_->url(),
               .host = simulator_->host(),
               .address = simulator_->address(),
               .port = simulator_->port(),
               .ca_file = simulator_->ca_file().string(),
               .user = "EXAMPLE\\usera",
               .password = "Sample-Usera-1!"};
  }

  void transport() {
    const auto lasts = std::chrono::milliseconds(static_cast<std::int64_t>(options_.seconds * 1000));
    auto first = sessions(ews::Scheme::basic, 1);
    const auto ids = inbox_items(first.front());
    const std::string large = batch_of(ids, 0, 1).body();
    for (const int connections : {1, kManyConnections}) {
      for (const bool is_large : {false, true}) {
        const std::string body = is_large ? large : small_post();
        head(fmt::format("transport: {} connection{}, {}", connections, connections == 1 ? "" : "s",
                         is_large ? "answers of 67 KB" : "small posts"));
        for (const ews::Scheme scheme : {ews::Scheme::basic, ews::Scheme::ntlm, ews::Scheme::negotiate}) {
          if (scheme == ews::Scheme::negotiate && !kerberos_) continue;
          const std::string name(ews::scheme_name(scheme));
          if (options_.ours_alone) {
            auto alone = sessions(scheme, connections);
            row(name + ", our client", measured([&] { return ours_posts(alone, body, lasts); }));
            continue;
          }
          const Measured bare = measured(
              [&] { return bare_posts(server_, bare_scheme(scheme), connections, ews::envelope(body, {}), lasts); });
          row(name + ", bare libcurl", bare);
          auto ours = sessions(scheme, connections);
          const Measured mine = measured([&] { return ours_posts(ours, body, lasts); });
          row(name + ", our client", mine);
          ratio("of bare libcurl's requests a second", mine.per_second() / bare.per_second(), 0.7);
          ratio("of bare libcurl's requests a CPU second", mine.per_client_second() / bare.per_client_second());
          // For Negotiate it wants requests_gssapi, which Debian 12 does not have.
          if (scheme != ews::Scheme::negotiate) {
            const std::string word = scheme == ews::Scheme::basic ? "basic" : "ntlm";
            const std::string what = is_large ? "large" : "small";
            const Measured theirs = by_exchangelib(server_, what, word, connections, options_.seconds);
            row(name + ", exchangelib", theirs);
            ratio("times exchangelib's requests a CPU second", mine.per_client_second() / theirs.per_client_second());
          }
        }
      }
    }
  }

  void messages() {
    auto one = sessions(ews::Scheme::basic, 1);
    const auto ids = inbox_items(one.front());
    std::vector<std::string> bodies;
    for (std::size_t first = 0; first < ids.size(); first += kBatch) {
      bodies.push_back(ews::envelope(batch_of(ids, first, kBatch).body(), {}));
    }
    head(fmt::format("{} messages of 50 KB, GetItem with MIME, {} a call, one connection", ids.size(), kBatch));
    if (options_.ours_alone) {
      row("our client", measured([&] { return ours_fetch(one, ids); }));
    } else {
      fetch_beside_others(one, ids, bodies);
    }
    head(fmt::format("the same over {} connections", kManyConnections));
    auto many = sessions(ews::Scheme::basic, kManyConnections);
    row("our client", measured([&] { return ours_fetch(many, ids); }));
  }

  void sync() {
    auto one = sessions(ews::Scheme::basic, 1);
    head(fmt::format("SyncFolderItems without a change over {} folders, one connection", options_.folders));
    const auto folders = folders_synced(one.front(), options_.folders);
    const Measured ours = measured([&] { return ours_sync(one.front(), folders); });
    row("our client", ours);
    result_["sync"]["requests_a_client_cpu_second"] = ours.per_client_second();
    std::printf("  %-44s %.0f\n", "requests a second of the client alone", ours.per_client_second());
  }

  void capacity() {
    head(fmt::format("the simulator: small posts over {} connections with keep-alive", kManyConnections));
    const auto lasts = std::chrono::milliseconds(static_cast<std::int64_t>(options_.seconds * 1000));
    auto many = sessions(ews::Scheme::ntlm, kManyConnections);
    const Measured ours = measured([&] { return ours_posts(many, small_post(), lasts); });
    row("our client beside it", ours);
    ratio("of the 2,000 requests a second it shall serve", ours.per_second() / 2000, 1);
  }

  const Json& result() const { return result_; }

 private:
  /// All of `ids` by us and by each of the others, one after the other.
  void fetch_beside_others(std::vector<ews::Session>& one, const std::vector<ews::ItemId>& ids,
                           const std::vector<std::string>& bodies) {
    const Measured bare = measured([&] { return bare_fetch(server_, bodies); });
    row("bare libcurl, pugixml, base64", bare);
    const Measured ours = measured([&] { return ours_fetch(one, ids); });
    row("our client", ours);
    if (ours.done != ids.size() || bare.done != ids.size() || ours.bytes != bare.bytes) {
      throw std::runtime_error("not the same messages");
    }
    ratio("of the bare loop's messages a CPU second", ours.per_client_second() / bare.per_client_second(), 0.6);
    const Measured library = by_exchangelib(server_, "fetch", "basic", 1, 0);
    row("exchangelib", library);
    ratio("times exchangelib's messages a CPU second", ours.per_client_second() / library.per_client_second(), 50);
    const Measured davmail = by_davmail(server_);
    row("DavMail", davmail);
    ratio("times DavMail's messages a CPU second", ours.per_client_second() / davmail.per_client_second());
  }

  static BareScheme bare_scheme(ews::Scheme scheme) {
    return scheme == ews::Scheme::basic  ? BareScheme::basic
           : scheme == ews::Scheme::ntlm ? BareScheme::ntlm
                                         : BareScheme::negotiate;
  }

  std::vector<ews::Session> sessions(ews::Scheme scheme, int count) {
    std::vector<ews::Session> made;
    for (int i = 0; i < count; ++i) {
      const bool negotiate = scheme == ews::Scheme::negotiate;
      made.push_back(session_to(
          server_, transport_, scheme,
          negotiate ? ews::TicketHandle(kerberos_->tickets, kerberos_->tickets->credential()) : ews::TicketHandle(),
          negotiate ? kerberos_->service : ""));
    }
    return made;
  }

  void head(const std::string& text) {
    part_ = text;
    std::printf("\n%s\n  %-32s %10s %14s %14s %10s\n", text.c_str(), "", "a second", "CPU us each", "simulator's us",
                "MB/s");
    std::fflush(stdout);
  }
  void row(const std::string& who, const Measured& each) {
    std::printf("  %-32s %10.0f %14.0f %14.0f %10.1f\n", who.c_str(), each.per_second(), each.client_us_each(),
                each.server_us_each(), each.megabytes_per_second());
    std::fflush(stdout);
    result_[part_][who] = {{"done", each.done},
                           {"bytes", each.bytes},
                           {"wall_ms", each.wall_ms},
                           {"client_ms", each.client_ms},
                           {"server_ms", each.server_ms}};
  }
  void ratio(const std::string& what, double value, double aim = 0) {
    std::printf("    %.2f %s%s\n", value, what.c_str(),
                aim == 0       ? ""
                : value >= aim ? fmt::format(" (aim: {:g}, met)", aim).c_str()
                               : fmt::format(" (aim: {:g}, MISSED)", aim).c_str());
    result_[part_]["ratios"][what] = value;
  }

  Options options_;
  testing::TemporaryFolder folder_;
  std::optional<Kerberos> kerberos_;
  std::optional<testing::ExchangeSimulator> simulator_;
  Server server_;
  ews::Transport transport_;
  std::string part_;
  Json result_;
};

}  // namespace
}  // namespace mailward::bench

int main(int argc, char** argv) {
  CLI::App app("Our EWS client beside bare libcurl, exchangelib and DavMail, against the simulator.");
  mailward::bench::Options options;
  app.add_option("--messages", options.messages, "of 50 KB each (1000)")->check(CLI::Range(10, 100'000));
  app.add_option("--folders", options.folders, "for the pass without a change (20000)")->check(CLI::Range(1, 100'000));
  app.add_option("--seconds", options.seconds, "that each load of posts lasts (3)")->check(CLI::Range(0.1, 60.0));
  app.add_option("--parts", options.parts, "of capacity, transport, messages, sync (all)")
      ->check(CLI::IsMember({"capacity", "transport", "messages", "sync"}));
  app.add_flag("--ours-alone", options.ours_alone, "without the others: for a profiler");
  app.add_option("--json", options.json, "also writes the figures there");
  CLI11_PARSE(app, argc, argv);
  try {
    mailward::bench::Bench bench(options);
    const auto wanted = [&](std::string_view part) { return std::ranges::count(options.parts, part) > 0; };
    if (wanted("capacity")) bench.capacity();
    if (wanted("transport")) bench.transport();
    if (wanted("messages")) bench.messages();
    if (wanted("sync")) bench.sync();
    if (!options.json.empty()) std::ofstream(options.json) << bench.result().dump(2) << "\n";
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ews-bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
