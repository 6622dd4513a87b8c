#include "exchange_sim/people_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <ranges>
#include <shared_mutex>

#include "base/bytes.h"
#include "base/clock.h"
#include "exchange_sim/item_mime.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/people.h"
#include "exchange_sim/simulator.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMostRows = 200;
constexpr std::size_t kMostShown = std::size_t{200} * 1024;
constexpr std::string_view kStyle =
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2530;"
    "background:#fbfaf7}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:"
    "100%}"
    "th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #e3dfd6;vertical-align:top}"
    "td.n,th.n{text-align:right}th{font-weight:600;color:#5b6470}pre{background:#f1eee7;padding:1rem;overflow:auto;"
    "white-space:pre-wrap;overflow-wrap:anywhere}a{color:#0b5c8a}.bad{color:#a3261b;font-weight:600}.none{color:#"
    "5b6470}"
    "@media(prefers-color-scheme:dark){body{color:#e6e3dc;background:#16191d}th,.none{color:#a0a7b0}"
    "th,td{border-color:#2c3138}pre{background:#20242a}a{color:#7cc0ea}.bad{color:#ff9a8f}}";

/// Text within HTML, whatever its bytes are: what is no UTF-8 or no character of HTML is shown as U+FFFD.
std::string shown(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const std::string_view one = text.substr(at, length);
    const bool control = (lead < 0x20 && lead != '\n' && lead != '\t') || lead == 0x7f;
    const bool whole = one.size() == length && is_utf8(one) && !control;
    at += whole ? length : 1;
    if (lead == '\r') continue;
    if (!whole) {
      html += "\xef\xbf\xbd";
    } else if (lead == '&') {
      html += "&amp;";
    } else if (lead == '<') {
      html += "&lt;";
    } else if (lead == '>') {
      html += "&gt;";
    } else if (lead == '"') {
      html += "&quot;";
    } else {
      html += one;
    }
  }
  return html;
}

http::Response page(const std::string& title, const std::string& body) {
  http::Response response = http::Response::of(
      200, "text/html; charset=utf-8",
      fmt::format("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
                  "content=\"width=device-width\"><title>{}</title><style>{}</style><body>{}</body></html>",
                  shown(title), kStyle, body));
  response.headers.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}

http::Response missing(const std::string& what) {
  http::Response response = page("Not here", "<h1>" + what + "</h1><p><a href=\"/\">Back</a></p>");
  response.status = 404;
  return response;
}

/// Rows of cells that are HTML already; a head that begins with "#" stands right.
class Table {
 public:
  explicit Table(std::initializer_list<std::string_view> heads) {
    html_ = "<table><tr>";
    for (std::string_view head : heads) {
      const bool number = head.starts_with('#');
      if (number) head.remove_prefix(1);
      numbers_.push_back(number);
      html_ += fmt::format("<th{}>{}</th>", number ? " class=n" : "", head);
    }
    html_ += "</tr>";
  }
  void row(std::initializer_list<std::string> cells) {
    html_ += "<tr>";
    std::size_t i = 0;
    for (const std::string& cell : cells) {
      html_ += fmt::format("<td{}>{}</td>", numbers_.at(i++) ? " class=n" : "", cell);
    }
    html_ += "</tr>";
    ++rows_;
  }
  std::string html(std::string_view when_empty) const {
    return rows_ == 0 ? fmt::format("<p class=none>{}</p>", when_empty) : html_ + "</table>";
  }

 private:
  std::string html_;
  std::vector<bool> numbers_;
  std::size_t rows_ = 0;
};

std::string bad(const std::string& text) {
  return "<span class=bad>" + text + "</span>";
}

std::string reach_of(Simulator& simulator) {
  const Reach& reach = simulator.reach();
  const VirtualDirectory directory = simulator.directory().get();
  std::string schemes;
  for (const Scheme scheme : directory.schemes)
    schemes += std::string(schemes.empty() ? "" : ", ") + std::string(scheme_name(scheme));
  std::string html = fmt::format(
      "<p>Exchange {} as <b>{}</b>; sign-in by {}; Extended Protection: {}. Its authority's certificate: "
      "<code>{}</code></p>",
      shown(directory.build->name), shown(reach.host), schemes, extended_protection_name(directory.extended_protection),
      shown(std::filesystem::absolute(reach.ca).string()));
  Table table({"", "EWS"});
  if (reach.front_ends.size() > 1 || reach.url != reach.front_ends.front().url) {
    table.row({"balancer", "<code>" + shown(reach.url) + "</code>"});
  }
  for (const auto& each : reach.front_ends) table.row({shown(each.name), "<code>" + shown(each.url) + "</code>"});
  return html + table.html("");
}

std::string mailboxes_of(Simulator& simulator) {
  Table table({"mailbox", "name", "account", "#folders", "#items", ""});
  std::size_t left = 0;
  Organisation& organisation = simulator.organisation();
  for (const Mailbox& each : organisation.mailboxes()) {
    if (left++ >= kMostRows) continue;
    std::string state;
    if (organisation.place(each) != MailboxPlace::here) state = "not here";
    if (!organisation.ews_enabled(each)) state = "EWS is off";
    const std::shared_lock lock(each.mutex);
    std::size_t folders = 0;
    for (const Folder* root : each.roots()) folders += Mailbox::descendants(*root).size();
    table.row({fmt::format("<a href=\"/mailboxes/{}\">{}</a>", http::percent_encode(each.smtp), shown(each.smtp)),
               shown(each.display_name), shown(each.account), std::to_string(folders),
               std::to_string(each.item_count()), bad(state)});
  }
  std::string html = table.html("There are none.");
  if (left > kMostRows) html += fmt::format("<p class=none>and {} more</p>", left - kMostRows);
  return html;
}

std::string accounts_of(Simulator& simulator) {
  if (simulator.accounts() == nullptr) return "<p class=none>A real directory knows them.</p>";
  Table table({"account", "state", "#signed in", "#wrong passwords", "password of"});
  for (const AccountView& each : simulator.accounts()->all()) {
    const std::string state(account_state_name(each.state));
    table.row({shown(each.name), each.locked ? bad("locked out") : state, std::to_string(each.sign_ins),
               std::to_string(each.bad_passwords_seen), format_timestamp(each.password_last_set)});
  }
  return table.html("There are none.");
}

std::string faults_of(Simulator& simulator) {
  Table table({"fault", "where", "parameters"});
  for (const auto& [kind, setting] : simulator.faults().all()) {
    std::string parameters;
    const auto add = [&](std::string_view name, const std::string& value) {
      parameters += fmt::format("{} = {} ", name, shown(value));
    };
    if (setting.milliseconds != 0) add("milliseconds", std::to_string(setting.milliseconds));
    if (setting.every > 1) add("every", std::to_string(setting.every));
    if (setting.limit > 0) add("limit", std::to_string(setting.limit));
    if (setting.status != 0) add("status", std::to_string(setting.status));
    if (setting.bytes != 0) add("bytes", std::to_string(setting.bytes));
    if (!setting.value.empty()) add("value", setting.value);
    for (const std::string& each : setting.values) add("values", each);
    table.row({bad(std::string(fault_name(kind))), setting.front_end.empty() ? "everywhere" : shown(setting.front_end),
               parameters});
  }
  return table.html("None is set: everything goes well.");
}

std::string connections_of(const std::vector<RequestRecord>& records) {
  struct Line {
    std::size_t requests = 0;
    const RequestRecord* last = nullptr;
  };
  std::map<std::pair<std::string, std::uint64_t>, Line> lines;
  for (const RequestRecord& each : records) {
    Line& line = lines[{each.front_end, each.connection}];
    ++line.requests;
    line.last = &each;
  }
  std::vector<Line> sorted;
  for (const auto& [key, line] : lines) sorted.push_back(line);
  std::ranges::sort(sorted, std::greater(), [](const Line& line) { return line.last->number; });
  if (sorted.size() > 20) sorted.resize(20);
  Table table({"connection", "last used", "account", "scheme", "client", "#requests"});
  for (const Line& each : sorted) {
    const RequestRecord& last = *each.last;
    table.row({fmt::format("{} {}", shown(last.front_end), last.connection), format_timestamp(last.at),
               shown(last.account), shown(last.scheme), shown(last.user_agent), std::to_string(each.requests)});
  }
  return table.html("Nobody has come yet.");
}

std::string requests_of(const std::vector<RequestRecord>& records) {
  Table table({"#", "at", "front end", "account", "operation", "mailbox", "#status", ""});
  for (const RequestRecord& each : records | std::views::reverse | std::views::take(50)) {
    table.row({std::to_string(each.number), format_timestamp(each.at), shown(each.front_end), shown(each.account),
               shown(each.operation.empty() ? each.method + " " + each.path : each.operation),
               shown(each.anchor_mailbox),
               each.status < 400 || each.status == 401 ? std::to_string(each.status) : bad(std::to_string(each.status)),
               shown(each.note)});
  }
  return table.html("Nothing was asked yet.");
}

http::Response overview(Simulator& simulator) {
  const auto records = simulator.log().since(0);
  return page("exchange-sim",
              fmt::format("<h1>An Exchange to talk to</h1>{}<h2>Mailboxes</h2>{}<h2>Faults now set</h2>{}"
                          "<h2>What clients did lately</h2>{}<h2>Connections</h2>{}<h2>Accounts</h2>{}",
                          reach_of(simulator), mailboxes_of(simulator), faults_of(simulator), requests_of(records),
                          connections_of(records), accounts_of(simulator)));
}

void add_folder(Table& table, const Mailbox& mailbox, const Folder& folder,
                std::size_t depth) {  // NOLINT(misc-no-recursion)
  const std::string name = folder.name.empty() ? folder.distinguished : folder.name;
  table.row({fmt::format("<span style=\"padding-left:{}rem\"></span><a href=\"/mailboxes/{}?folder={}\">{}</a>", depth,
                         http::percent_encode(mailbox.smtp), http::percent_encode(folder.id), shown(name)),
             shown(folder.distinguished), std::to_string(folder.total()), std::to_string(folder.unread)});
  for (const Folder* each : folder.children) add_folder(table, mailbox, *each, depth + 1);
}

std::string folder_rows(const Mailbox& mailbox, const Folder& folder) {
  Table table({"subject", "from", "received", "#bytes", "kind"});
  std::size_t rows = 0;
  for (const auto& [arrival, item] : folder.items | std::views::reverse) {
    if (rows++ >= kMostRows) break;
    const auto from = people_in(item->find(field_id("message:From")));
    const std::string subject = plain_field(*item, field_id("item:Subject"));
    table.row({fmt::format("<a href=\"/mailboxes/{}?item={}\">{}</a>", http::percent_encode(mailbox.smtp),
                           http::percent_encode(item->id), shown(subject.empty() ? "(no subject)" : subject)),
               from.empty() ? "" : shown(from.front().smtp), format_timestamp(item->received),
               std::to_string(size_of({mailbox, *item})), shown(item->item_class)});
  }
  std::string html = table.html("It is empty.");
  if (folder.items.size() > rows) html += fmt::format("<p class=none>and {} more</p>", folder.items.size() - rows);
  return html;
}

std::string people_of(const Item& item, std::string_view field) {
  std::string all;
  for (const Address& each : people_in(item.find(field_id(field)))) {
    if (!all.empty()) all += ", ";
    all += each.name.empty() || each.name == each.smtp ? each.smtp : each.name + " <" + each.smtp + ">";
  }
  return shown(all);
}

/// At most so much of it, and whether that is all.
std::string text_block(std::string_view text) {
  const bool cut = text.size() > kMostShown;
  return "<pre>" + shown(text.substr(0, kMostShown)) + "</pre>" +
         (cut ? "<p class=none>The rest is not shown.</p>" : "");
}

std::string message_of(const ItemView& view) {
  const Item& item = view.item;
  Table table({"", ""});
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) table.row({name, value});
  };
  add("From", people_of(item, "message:From"));
  add("To", people_of(item, "message:ToRecipients"));
  add("Cc", people_of(item, "message:CcRecipients"));
  add("Date", format_timestamp(item.sent == Timestamp{} ? item.received : item.sent));
  std::string attachments;
  for (const ItemAttachment& each : item.attachments) attachments += (attachments.empty() ? "" : ", ") + each.name;
  add("Attachments", shown(attachments));
  const std::string body = text_body(view);
  return fmt::format("<h1>{}</h1>{}{}<h2>As MIME</h2>{}", shown(plain_field(item, field_id("item:Subject"))),
                     table.html(""), body.empty() ? "<p class=none>It has no text.</p>" : text_block(body),
                     text_block(mime_of(view)));
}

http::Response mailbox_page(Simulator& simulator, const http::Request& request) {
  const Mailbox* mailbox = simulator.organisation().find_mailbox(request.path_value("smtp"));
  if (mailbox == nullptr) return missing("There is no such mailbox");
  const std::string above = fmt::format("<p><a href=\"/\">exchange-sim</a> / <a href=\"/mailboxes/{}\">{}</a></p>",
                                        http::percent_encode(mailbox->smtp), shown(mailbox->smtp));
  const std::shared_lock lock(mailbox->mutex);
  if (const auto id = request.query_value("item")) {
    const Item* item = mailbox->find_item(*id);
    if (item == nullptr) return missing("There is no such item (any more)");
    return page(plain_field(*item, field_id("item:Subject")), above + message_of({*mailbox, *item}));
  }
  if (const auto id = request.query_value("folder")) {
    const Folder* folder = mailbox->find_folder(*id);
    if (folder == nullptr) return missing("There is no such folder (any more)");
    return page(folder->name,
                fmt::format("{}<h1>{}</h1>{}", above, shown(folder->name), folder_rows(*mailbox, *folder)));
  }
  Table table({"folder", "distinguished name", "#items", "#unread"});
  for (const Folder* root : mailbox->roots()) add_folder(table, *mailbox, *root, 0);
  return page(mailbox->smtp, fmt::format("{}<h1>{}</h1>{}", above, shown(mailbox->display_name), table.html("")));
}

}  // namespace

void add_people_pages(http::Router& router, Simulator& simulator) {
  router.add("GET", "/", [&](const http::Request&, http::Connection&) -> http::Reply { return overview(simulator); });
  router.add("GET", "/mailboxes/{smtp}", [&](const http::Request& request, http::Connection&) -> http::Reply {
    return mailbox_page(simulator, request);
  });
}

}  // namespace mailward::exchange_sim
