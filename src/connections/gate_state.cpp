#include "connections/gate_state.h"

#include <algorithm>

#include "base/digest.h"
#include "connections/destination.h"
#include "connections/rows.h"

namespace mailward::connections {
namespace {

using std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// How old the rows may be that a call goes by. What sends a password reads them anew.
constexpr milliseconds kViewAge = 250ms;
constexpr std::chrono::seconds kAddressAge = 30s;
constexpr milliseconds kFirstPause = 1000ms;
constexpr milliseconds kLongestPause = 60'000ms;

/// A pause and up to a quarter more, so that those who were sent away together do not come back together.
milliseconds with_jitter(milliseconds pause) {
  const auto quarter = static_cast<std::uint32_t>(pause.count() / 4 + 1);
  return pause + milliseconds(random_below(quarter));
}

Result<std::shared_ptr<const GateView>> read_view(db::Database& database, ConnectionId id) {
  return database.read([&](db::Session& session) -> Result<std::shared_ptr<const GateView>> {
    auto view = std::make_shared<GateView>();
    MW_TRY(view->connection, rows::connection(session, id));
    MW_TRY(view->account, rows::account(session, view->connection.account));
    if (view->account.directory) {
      MW_TRY(view->directory, rows::directory(session, *view->account.directory));
    }
    MW_TRY(view->destination, rows::destination_of(session, view->connection));
    MW_TRY(const auto rotation, rotation_rows::open_of(session, view->account.id));
    if (rotation) view->door = info_of(rotation->state).door;
    return view;
  });
}

}  // namespace

ews::Failure gate_failure(Error error) {
  ews::Failure failure(ews::EwsError::timed_out, error.message());
  failure.error = std::move(error);
  return failure;
}

Result<std::shared_ptr<const GateView>> Gate::State::view(ConnectionId connection, bool fresh) {
  const MonotonicTime now = parts.clock.monotonic();
  {
    const std::scoped_lock lock(mutex);
    const GateLane& lane = lanes[connection];
    if (!fresh && lane.view && now - lane.viewed < kViewAge) return lane.view;
  }
  MW_TRY(auto read, read_view(parts.ledger.database(), connection));
  const std::scoped_lock lock(mutex);
  GateLane& lane = lanes[connection];
  const unsigned most = read->connection.form.concurrency;
  if (!lane.view || lane.view->connection.form.concurrency != most) lane.limit = most;
  // Another destination: what was said to the old one ends with it.
  if (lane.view && lane.view->destination != read->destination) {
    lane.resting.clear();
    lane.addresses.clear();
  }
  // Where they have to connect again they would show the proxy the password that was replaced.
  if (lane.view && lane.view->connection.proxy_secret != read->connection.proxy_secret) lane.resting.clear();
  const CredentialVersion* active = read->account.active();
  if (active == nullptr || lane.only != active->id) lane.only.reset();
  lane.view = read;
  lane.viewed = now;
  return read;
}

Result<std::vector<SocketAddress>> Gate::State::addresses(ConnectionId connection, const EwsUrl& url,
                                                          Deadline deadline) {
  const MonotonicTime now = parts.clock.monotonic();
  {
    const std::scoped_lock lock(mutex);
    GateLane& lane = lanes[connection];
    if (!lane.addresses.empty() && now - lane.resolved < kAddressAge) {
      std::vector<SocketAddress> turned = lane.addresses;
      std::ranges::rotate(turned, turned.begin() + static_cast<std::ptrdiff_t>(lane.next_address++ % turned.size()));
      return turned;
    }
  }
  MW_TRY(const auto found, parts.resolver.resolve(url.host, deadline));
  std::vector<SocketAddress> allowed;
  std::optional<Error> refused;
  for (const IpAddress& ip : found) {
    const SocketAddress address{ip, url.port};
    if (Status may = parts.destinations.check(address); may) {
      allowed.push_back(address);
    } else {
      refused = std::move(may).error();
    }
  }
  if (allowed.empty()) return fail(*std::move(refused));
  const std::scoped_lock lock(mutex);
  GateLane& lane = lanes[connection];
  lane.addresses = allowed;
  lane.resolved = now;
  return allowed;
}

Result<ProxyWay> Gate::State::way(const GateView& view, Deadline deadline, const std::stop_token& stop) {
  const ProxyForm& form = view.connection.form.proxy;
  if (!form.is_set()) return ProxyWay();
  MW_TRY(const auto password, parts.ledger.open_proxy_password(view.connection, form));
  return ProxyWay::find({parts.proxies, parts.resolver, parts.destinations}, form, password, view.directory, deadline,
                        stop);
}

void Gate::State::rest(ConnectionId connection, std::optional<milliseconds> asked) {
  const std::scoped_lock lock(mutex);
  GateLane& lane = lanes[connection];
  const MonotonicTime now = parts.clock.monotonic();
  // Many calls come back with the same word: one pause for all.
  if (lane.rests_until > now && !asked) return;
  lane.pause = std::min(std::max(lane.pause * 2, kFirstPause), kLongestPause);
  lane.rests_until = std::max(lane.rests_until, now + with_jitter(asked.value_or(lane.pause)));
  lane.limit = std::max(1U, lane.limit / 2);
  lane.went_well = 0;
}

void Gate::State::avoid(ConnectionId connection, const SocketAddress& address) {
  const std::scoped_lock lock(mutex);
  auto& known = lanes[connection].addresses;
  if (known.size() > 1) std::erase(known, address);
}

void Gate::State::doubt(const GateView& view, CredentialVersionId version) {
  std::vector<std::unique_ptr<ews::Session>> ended;  // closed without the lock
  const std::scoped_lock lock(mutex);
  GateKeys& keys_of = keys[view.account.id];
  // Of one that was replaced meanwhile nothing is learnt.
  if (keys_of.version != version) return;
  keys_of.proven = false;
  if (!keys_of.doubted) keys_of.doubted = parts.clock.now();
  for (auto& [id, lane] : lanes) {
    if (!lane.view || lane.view->account.id != view.account.id) continue;
    std::erase_if(lane.resting, [&](RestingSession& one) {
      if (one.session->signed_in()) return false;
      ended.push_back(std::move(one.session));
      return true;
    });
  }
}

}  // namespace mailward::connections
