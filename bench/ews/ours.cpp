#include "bench/ews/ours.h"

#include <atomic>
#include <fstream>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "ews/operations/create_folder.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_folder.h"
#include "ews/pull.h"

namespace mailward::bench {
namespace {

using namespace std::chrono_literals;

Deadline soon() {
  return Deadline::after(60s);
}

template <typename Value>
Value must(ews::Outcome<Value> outcome) {
  if (!outcome) throw std::runtime_error("our client: " + outcome.error().error.describe());
  return *std::move(outcome);
}

/// The values of the only response message that stands for all is well.
template <typename Response>
const auto& only(const Response& response) {
  if (auto error = response.first_error()) throw std::runtime_error("our client: " + error->error.describe());
  return response.messages.front().value;
}

class Counting : public ews::ValueSink {
 public:
  ews::Outcome<void> begin(const ews::ValuePlace&) override { return {}; }
  ews::Outcome<void> bytes(BytesView piece) override {
    seen += piece.size();
    return {};
  }
  ews::Outcome<void> end() override {
    ++ended;
    return {};
  }
  std::uint64_t seen = 0;
  std::uint64_t ended = 0;
};

/// A thread for each session; the first failure is thrown again here.
void on_each(std::vector<ews::Session>& sessions, const std::function<void(ews::Session&)>& work) {
  std::mutex mutex;
  std::string failure;
  {
    std::vector<std::jthread> threads;
    threads.reserve(sessions.size());
    for (ews::Session& session : sessions) {
      threads.emplace_back([&] {
        try {
          work(session);
        } catch (const std::exception& error) {
          const std::scoped_lock lock(mutex);
          failure = error.what();
        }
      });
    }
  }
  if (!failure.empty()) throw std::runtime_error(failure);
}

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

ews::Session session_to(const Server& server, ews::Transport& transport, ews::Scheme scheme,
                        const ews::TicketHandle& tickets, const std::string& service) {
  ews::Endpoint endpoint{.host = server.host,
                         .port = server.port,
                         .address = {.ip = IpAddress::parse(server.address).value(), .port = server.port},
                         .trust = CertificateTrust::from_pem(text_of(server.ca_file)).value()};
  ews::Session session(transport, endpoint);
  ews::Credential credential;
  credential.scheme = scheme;
  credential.user = server.user;
  credential.password = SecretString(server.password);
  credential.tickets = tickets;
  credential.service = service;
  credential.account = server.user;
  if (!session.sign_in_with(std::move(credential))) throw std::runtime_error("the credential cannot be sent");
  return session;
}

std::string small_post() {
  ews::GetFolder operation;
  operation.shape = ews::BaseShape::id_only;
  operation.folders = {ews::DistinguishedFolder{"inbox", {}}};
  return operation.body();
}

ews::GetItem batch_of(const std::vector<ews::ItemId>& ids, std::size_t first, std::size_t count) {
  ews::GetItem operation;
  operation.shape = ews::BaseShape::id_only;
  operation.mime_content = true;
  for (std::size_t i = first; i < std::min(ids.size(), first + count); ++i) operation.items.push_back(ids[i]);
  return operation;
}

Did ours_posts(std::vector<ews::Session>& sessions, const std::string& body, std::chrono::milliseconds lasts) {
  const auto end = std::chrono::steady_clock::now() + lasts;
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> bytes{0};
  on_each(sessions, [&](ews::Session& session) {
    while (std::chrono::steady_clock::now() < end) {
      const auto answer = must(session.send(ews::soap_request(body, {}), soon()));
      if (answer.evidence.status != 200) throw std::runtime_error("our client: no 200");
      bytes += answer.body.size();
      ++done;
    }
  });
  return {.done = done, .bytes = bytes};
}

std::vector<ews::ItemId> inbox_items(ews::Session& session) {
  std::vector<ews::ItemId> found;
  ews::FindItem operation;
  operation.max_entries = 1000;
  operation.parents = {ews::DistinguishedFolder{"inbox", {}}};
  for (bool last = false; !last;) {
    operation.offset = static_cast<std::uint32_t>(found.size());
    const auto reply = must(ews::call(session, operation, {}, soon()));
    const auto& page = only(reply.response);
    for (const ews::Item& each : page.found) found.push_back(each.id);
    last = page.last || page.found.empty();
  }
  return found;
}

Did ours_fetch(std::vector<ews::Session>& sessions, const std::vector<ews::ItemId>& ids) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> bytes{0};
  on_each(sessions, [&](ews::Session& session) {
    for (std::size_t first = next.fetch_add(kBatch); first < ids.size(); first = next.fetch_add(kBatch)) {
      Counting sink;
      ews::PullTo<ews::GetItem> to{.values = &sink};
      const auto reply = must(ews::pull(session, batch_of(ids, first, kBatch), to, {}, soon()));
      static_cast<void>(only(reply.response));
      done += sink.ended;
      bytes += sink.seen;
    }
  });
  return {.done = done, .bytes = bytes};
}

std::vector<Synced> folders_synced(ews::Session& session, std::size_t count) {
  constexpr std::size_t kAtOnce = 200;
  std::vector<Synced> made;
  while (made.size() < count) {
    ews::CreateFolder operation;
    operation.parent = ews::DistinguishedFolder{"inbox", {}};
    for (std::size_t i = 0; i < std::min(kAtOnce, count - made.size()); ++i) {
      operation.folders.push_back({.display_name = "Folder " + std::to_string(made.size() + i)});
    }
    const auto reply = must(ews::call(session, operation, {}, soon()));
    static_cast<void>(only(reply.response));
    for (const auto& message : reply.response.messages)
      made.push_back({.folder = message.value.front().id, .state = {}});
  }
  for (Synced& each : made) {
    ews::SyncFolderItems operation;
    operation.folder = each.folder;
    each.state = only(must(ews::call(session, operation, {}, soon())).response).state;
  }
  return made;
}

Did ours_sync(ews::Session& session, const std::vector<Synced>& folders) {
  Did did;
  for (const Synced& each : folders) {
    ews::SyncFolderItems operation;
    operation.folder = each.folder;
    operation.state = each.state;
    const auto reply = must(ews::call(session, operation, {}, soon()));
    if (!only(reply.response).changes.empty()) throw std::runtime_error("a change where there was none");
    ++did.done;
  }
  return did;
}

}  // namespace mailward::bench
