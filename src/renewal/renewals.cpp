#include "renewal/renewals.h"

#include <algorithm>

#include "base/log.h"
#include "renewal/plan.h"
#include "renewal/renewal_course.h"
#include "renewal/renewal_notices.h"

namespace mailward::renewal {

namespace {

Error not_in_state(const Renewal& renewal, std::string_view wanted) {
  return Error(RenewalError::illegal_transition, "the plan " + renewal.id.text() + " is " +
                                                     std::string(name_of(renewal.state)) + ": " + std::string(wanted))
      .with_remedy("mailward secrets renewal show " + renewal.id.text());
}

/// Nobody could tell whether his approver is another.
bool asked_by_nobody_known(const std::string& asked_by) {
  const auto actor = audit::Actor::parse(asked_by);
  return !actor || actor->kind != audit::Actor::Kind::user;
}

Error approval_needed(const Renewal& renewal) {
  return Error(RenewalError::approval_needed,
               "another administrator than the one who asked for the plan must approve it first")
      .with_remedy("he approves it in the console, or on the server: mailward secrets renewal approve " +
                   renewal.id.text() + " --user NAME");
}

nlohmann::json items_in_short(const std::vector<RenewalItem>& items) {
  nlohmann::json list = nlohmann::json::array();
  for (const RenewalItem& item : items) {
    list.push_back({{"kind", item.kind}, {"id", item.secret}, {"way", name_of(item.way)}, {"times", item.times}});
  }
  return list;
}

/// Begins a pass over the plan: a run of its own, and the state that says so.
Status begin_pass(db::Transaction& tx, work::Runs& runs, Renewal& renewal, RenewalState from, const audit::By& by,
                  Timestamp now) {
  MW_TRY(renewal.run, runs.create(tx, {.kind = std::string(kRenewalRun),
                                       .subject = "renewal:" + renewal.id.text(),
                                       .actor = by.actor,
                                       .request_id = by.request_id,
                                       .input = nlohmann::json{{"renewal", renewal.id.text()}}.dump()}));
  renewal.state = RenewalState::running;
  renewal.updated = now;
  return renewal_rows::update(tx, renewal, from);
}

}  // namespace

bool administers(const access::User& user) {
  return user.enabled && !user.must_choose_password &&
         user.rights().has_all({access::Right::change_connections, access::Right::manage_users});
}

nlohmann::ordered_json json_in(const std::string& text) {
  auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  return json.is_object() ? json : nlohmann::ordered_json::object();
}

std::string text_of(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Status note(db::Transaction& tx, const audit::Trail& trail, const audit::By& by, std::string_view action, RenewalId id,
            const nlohmann::json& details, std::string_view outcome) {
  MW_CHECK(trail.append(tx, {.by = by,
                             .action = std::string(action),
                             .object_kind = "renewal",
                             .object_id = id.text(),
                             .outcome = std::string(outcome),
                             .details = details.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)}));
  return {};
}

audit::By by_itself() {
  return {.actor = audit::Actor::system("renewal"), .source = {}, .token = {}, .request_id = {}};
}

Renewals::Renewals(Parts parts) : state_(std::make_unique<State>(std::move(parts))) {}

Renewals::~Renewals() {
  state_->stop.request_stop();
  state_->stopped.notify_all();
}

void Renewals::State::pause(std::chrono::milliseconds span) {
  std::unique_lock lock(pausing);
  stopped.wait_for(lock, stop.get_token(), span, [] { return false; });
}

void Renewals::State::submit(RenewalId id) {
  {
    const std::scoped_lock lock(mutex);
    if (!driven.insert(id).second) return;
  }
  const auto go = [this, id]() -> Status {
    MW_TRY(auto renewal, parts.database.read([&](db::Session& session) { return renewal_rows::get(session, id); }));
    if (renewal.state != RenewalState::running || !renewal.run) return {};
    MW_TRY(const auto changes, parts.runs.changes_after(*renewal.run, 0));
    if (changes.run.state == work::RunState::queued) MW_CHECK(parts.runs.start(*renewal.run));
    const work::RunId run = *renewal.run;
    RenewalCourse course{.state = *this,
                         .renewal = std::move(renewal),
                         .steps = connections::StepLog(parts.database, parts.runs, run),
                         .stop = stop.get_token()};
    return course.drive();
  };
  const Status taken = pool.submit([this, id, go] {
    try {
      if (const Status gone = go(); !gone) log::failure("renewal.not_driven", gone.error());
    } catch (const std::exception& broken) {
      log::error("renewal.broken", {{"renewal", id.text()}, {"what", broken.what()}});
    }
    const std::scoped_lock lock(mutex);
    driven.erase(id);
  });
  if (taken) return;
  log::failure("renewal.waits_for_a_thread", taken.error());
  const std::scoped_lock lock(mutex);
  driven.erase(id);
}

Result<std::vector<RenewalItem>> Renewals::preview(const std::vector<std::string>& kinds) const {
  MW_TRY(const auto held, state_->parts.inventory.list());
  return make_plan(held, kinds, state_->parts.clock.now());
}

Result<Renewal> Renewals::create(const std::vector<std::string>& kinds, const audit::By& by,
                                 const std::optional<access::User>& asker) {
  const Parts& parts = state_->parts;
  Renewal renewal;
  renewal.id = RenewalId::make(parts.clock);
  renewal.kinds = kinds;
  renewal.asked_by = asker ? asker->actor().text() : by.actor.text();
  renewal.created = renewal.updated = parts.clock.now();
  MW_TRY(renewal.items, preview(kinds));
  MW_TRY(const auto policy, parts.inventory.policy());
  renewal.needs_approval = policy.approval;
  renewal.state = policy.approval ? RenewalState::awaiting_approval : RenewalState::ready;
  MW_CHECK(parts.database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(renewal_rows::insert(tx, renewal));
    if (policy.approval) MW_CHECK(notices::approval_wanted(tx, renewal, renewal.created));
    return note(tx, parts.trail, by, "renewal.create", renewal.id,
                {{"kinds", kinds},
                 {"asked_by", renewal.asked_by},
                 {"needs_approval", policy.approval},
                 {"items", items_in_short(renewal.items)}});
  }));
  return renewal;
}

Result<Renewal> Renewals::approve(RenewalId id, const access::User& approver, const audit::By& by) {
  const Parts& parts = state_->parts;
  const std::string actor = approver.actor().text();
  return parts.database.transaction([&](db::Transaction& tx) -> Result<Renewal> {
    MW_TRY(Renewal renewal, renewal_rows::get(tx, id, tx.lock_rows()));
    if (renewal.state != RenewalState::awaiting_approval) {
      return fail(not_in_state(renewal, "it waits for no approval"));
    }
    if (asked_by_nobody_known(renewal.asked_by)) {
      return fail(Error(RenewalError::not_the_approver,
                        "it was asked for over the local socket, which does not know by whom: the approver may be the "
                        "same person")
                      .with_remedy("end it, and ask again by name: mailward secrets renewal close " +
                                   renewal.id.text() + "; mailward secrets renew --user NAME"));
    }
    if (renewal.asked_by == actor) {
      return fail(Error(RenewalError::not_the_approver, "nobody approves what he asked for himself")
                      .with_remedy("another administrator must approve it"));
    }
    if (!administers(approver)) {
      return fail(
          RenewalError::not_the_approver,
          approver.name +
              " may not approve it: only an administrator can, while he is enabled and has no password to renew first");
    }
    renewal.state = RenewalState::ready;
    renewal.approved_by = actor;
    renewal.approved = renewal.updated = parts.clock.now();
    renewal.why.clear();
    MW_CHECK(renewal_rows::update(tx, renewal, RenewalState::awaiting_approval));
    MW_CHECK(note(tx, parts.trail, by, "renewal.approve", id, {{"asked_by", renewal.asked_by}, {"approver", actor}}));
    return renewal;
  });
}

Result<Renewal> Renewals::start(RenewalId id, const audit::By& by) {
  const Parts& parts = state_->parts;
  MW_TRY(const Renewal seen, get(id));
  MW_TRY(const auto policy, parts.inventory.policy());
  MW_TRY(auto why_void, state_->why_void(seen));
  const bool is_demanded_since = policy.approval && seen.approved_by.empty();
  if (is_demanded_since) why_void = "approval is demanded since the plan was made";
  if (why_void && seen.state == RenewalState::ready) {
    MW_CHECK(parts.database.transaction(
        [&](db::Transaction& tx) { return state_->take_approval_back(tx, seen, *why_void, by_itself()); }));
    if (is_demanded_since) return fail(approval_needed(seen));
    return fail(Error(RenewalError::approval_void, *why_void).with_remedy(approval_needed(seen).remedy()));
  }
  MW_TRY(Renewal begun, parts.database.transaction([&](db::Transaction& tx) -> Result<Renewal> {
    MW_TRY(Renewal renewal, renewal_rows::get(tx, id, tx.lock_rows()));
    if (renewal.state == RenewalState::awaiting_approval) return fail(approval_needed(renewal));
    if (renewal.state != RenewalState::ready) return fail(not_in_state(renewal, "it cannot be started"));
    renewal.started_by = by.actor.text();
    renewal.started = parts.clock.now();
    MW_CHECK(begin_pass(tx, parts.runs, renewal, RenewalState::ready, by, *renewal.started));
    MW_CHECK(note(tx, parts.trail, by, "renewal.start", id,
                  {{"run", renewal.run->text()}, {"approved_by", renewal.approved_by}}));
    return renewal;
  }));
  state_->submit(id);
  return begun;
}

Result<Renewal> Renewals::retry(RenewalId id, const audit::By& by) {
  const Parts& parts = state_->parts;
  MW_TRY(const auto policy, parts.inventory.policy());
  MW_TRY(Renewal begun, parts.database.transaction([&](db::Transaction& tx) -> Result<Renewal> {
    MW_TRY(Renewal renewal, renewal_rows::get(tx, id, tx.lock_rows()));
    if (policy.approval && renewal.approved_by.empty()) {
      return fail(Error(RenewalError::approval_needed, "approval is demanded since it was started without")
                      .with_remedy("end it, and make another that is approved: mailward secrets renewal close " +
                                   renewal.id.text()));
    }
    std::vector<std::int64_t> again;
    for (RenewalItem& item : renewal.items) {
      if (item.state != ItemState::failed) continue;
      item.state = ItemState::planned;
      item.ended.reset();
      MW_CHECK(renewal_rows::update(tx, id, item, ItemState::failed));
      again.push_back(item.position);
    }
    if (again.empty() || renewal.state != RenewalState::waiting) {
      return fail(not_in_state(renewal, "nothing of it can be tried again"));
    }
    MW_CHECK(begin_pass(tx, parts.runs, renewal, RenewalState::waiting, by, parts.clock.now()));
    MW_CHECK(note(tx, parts.trail, by, "renewal.retry", id, {{"run", renewal.run->text()}, {"positions", again}}));
    return renewal;
  }));
  state_->submit(id);
  return begun;
}

Result<Renewal> Renewals::close(RenewalId id, const audit::By& by) {
  const Parts& parts = state_->parts;
  return parts.database.transaction([&](db::Transaction& tx) -> Result<Renewal> {
    MW_TRY(Renewal renewal, renewal_rows::get(tx, id, tx.lock_rows()));
    if (renewal.ended || renewal.state == RenewalState::running) {
      return fail(not_in_state(renewal, renewal.ended ? "it has ended already" : "it can be ended when it rests"));
    }
    nlohmann::json open = nlohmann::json::array();
    const Timestamp now = parts.clock.now();
    for (RenewalItem& item : renewal.items) {
      const ItemState from = item.state;
      if (info_of(from).settled) continue;
      item.state = ItemState::left;
      item.ended = now;
      MW_CHECK(renewal_rows::update(tx, id, item, from));
      open.push_back({{"kind", item.kind}, {"id", item.secret}, {"was", name_of(from)}});
    }
    const RenewalState from = renewal.state;
    renewal.state = RenewalState::closed;
    renewal.why = by.actor.text() + " ended it while it was \"" + std::string(name_of(from)) + "\".";
    renewal.updated = now;
    renewal.ended = now;
    MW_CHECK(renewal_rows::update(tx, renewal, from));
    MW_CHECK(note(tx, parts.trail, by, "renewal.close", id, {{"was", name_of(from)}, {"open", open}}));
    return renewal;
  });
}

Status Renewals::resume() {
  const Parts& parts = state_->parts;
  MW_TRY(const auto adopted, parts.runs.adopt_orphans(kRenewalRun));
  MW_CHECK(state_->tell_due());
  MW_TRY(auto open, parts.database.read([](db::Session& session) { return renewal_rows::open(session); }));
  for (const work::RunId run : adopted) {
    const bool goes_on = open && open->state == RenewalState::running && open->run == run;
    if (!goes_on) MW_CHECK(parts.runs.finish(run, work::RunState::interrupted));
  }
  if (!open) return {};
  switch (open->state) {
    case RenewalState::running: {
      MW_TRY(const auto changes, parts.runs.changes_after(*open->run, 0));
      if (work::ended(changes.run.state)) {
        // Its run was ended by somebody else; the plan was not.
        const audit::By by{.actor = changes.run.actor, .source = {}, .token = {}, .request_id = changes.run.request_id};
        MW_CHECK(parts.database.transaction([&](db::Transaction& tx) -> Status {
          MW_TRY(Renewal now, renewal_rows::get(tx, open->id, tx.lock_rows()));
          // It may have ended its run by itself since it was looked at.
          if (now.state != RenewalState::running || now.run != open->run) return {};
          return begin_pass(tx, parts.runs, now, RenewalState::running, by, parts.clock.now());
        }));
      }
      state_->submit(open->id);
      return {};
    }
    case RenewalState::waiting:
      return state_->look_at_waiting(*open);
    case RenewalState::awaiting_approval:
    case RenewalState::ready:
      return state_->look_at_unstarted(*open);
    case RenewalState::finished:
    case RenewalState::closed:
    case RenewalState::expired:
      return {};
  }
  return {};
}

Result<Renewal> Renewals::get(RenewalId id) const {
  MW_TRY(auto renewal,
         state_->parts.database.read([&](db::Session& session) { return renewal_rows::get(session, id); }));
  for (RenewalItem& item : renewal.items) item.proof = with_old_passwords(item.proof, state_->parts.rotations);
  return renewal;
}

Result<std::vector<Renewal>> Renewals::list(std::size_t limit) const {
  return state_->parts.database.read([&](db::Session& session) { return renewal_rows::list(session, limit); });
}

Result<std::size_t> Renewals::approvers(const std::string& asked_by) const {
  if (asked_by_nobody_known(asked_by)) return 0;
  MW_TRY(const auto users, state_->parts.access.users.list());
  return static_cast<std::size_t>(std::ranges::count_if(users, [&](const access::User& user) {
    return administers(user) && user.has_password && user.actor().text() != asked_by;
  }));
}

}  // namespace mailward::renewal
