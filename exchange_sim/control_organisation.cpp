#include "exchange_sim/control_organisation.h"

#include "exchange_sim/control_answers.h"
#include "exchange_sim/settings_tables.h"
#include "exchange_sim/simulator.h"

namespace mailward::exchange_sim {
namespace {

using nlohmann::json;

json to_json(const ThrottlingPolicy& policy) {
  return {{"enabled", policy.enabled},
          {"concurrency", policy.concurrency},
          {"hanging", policy.hanging},
          {"sync_calls", policy.sync_calls},
          {"subscriptions", policy.subscriptions},
          {"burst_ms", policy.burst.count()},
          {"recharge_ms", policy.recharge.count()},
          {"cutoff_ms", policy.cutoff.count()},
          {"cost_ms", policy.cost.count()}};
}

void add_throttling_routes(http::Router& router, Simulator& simulator) {
  router.add("GET", "/control/throttling", with_json([&](const http::Request&, const json&) {
               return answer(200, to_json(simulator.throttling().policy()));
             }));
  router.add("PATCH", "/control/throttling",
             with_json(keys_of_table("throttling"), [&](const http::Request&, const json& body) {
               ThrottlingPolicy policy = simulator.throttling().policy();
               const auto read_ms = [&](const char* key, std::chrono::milliseconds& value) {
                 value = std::chrono::milliseconds(body.value(key, value.count()));
               };
               policy.enabled = body.value("enabled", policy.enabled);
               policy.concurrency = body.value("concurrency", policy.concurrency);
               policy.hanging = body.value("hanging", policy.hanging);
               policy.sync_calls = body.value("sync_calls", policy.sync_calls);
               policy.subscriptions = body.value("subscriptions", policy.subscriptions);
               read_ms("burst_ms", policy.burst);
               read_ms("recharge_ms", policy.recharge);
               read_ms("cutoff_ms", policy.cutoff);
               read_ms("cost_ms", policy.cost);
               simulator.throttling().set(policy);
               simulator.throttling().forget();
               return answer(200, to_json(policy));
             }));
}

void add_journal_routes(http::Router& router, Simulator& simulator) {
  router.add(
      "GET", "/control/journal-rules", with_json([&](const http::Request&, const json&) {
        json all = json::array();
        for (const JournalRule& rule : simulator.organisation().journal_rules()) {
          all.push_back({{"to", rule.to}, {"recipient", rule.recipient}, {"scope", journal_scope_name(rule.scope)}});
        }
        return answer(200, all);
      }));
  router.add("PUT", "/control/journal-rules", with_json([&](const http::Request&, const json& body) {
               if (!body.is_array()) return refuse(400, "the body must be a list of rules");
               std::vector<JournalRule> rules;
               for (const json& each : body) {
                 if (auto refusal = refusal_of(each, keys_of_table("journal_rule"))) return *std::move(refusal);
                 rules.push_back({.to = each.at("to").get<std::string>(),
                                  .recipient = each.value("recipient", ""),
                                  .scope = *journal_scope_from(each.value("scope", "global"))});
                 if (simulator.organisation().find_mailbox(rules.back().to) == nullptr) {
                   return refuse(400, "there is no mailbox " + rules.back().to);
                 }
               }
               simulator.organisation().set_journal_rules(std::move(rules));
               return answer(200, json::object());
             }));
}

}  // namespace

void add_running_organisation_routes(http::Router& router, Simulator& simulator) {
  add_throttling_routes(router, simulator);
  add_journal_routes(router, simulator);
}

}  // namespace mailward::exchange_sim
