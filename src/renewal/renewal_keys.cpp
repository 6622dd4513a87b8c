#include "renewal/renewal_course.h"
#include "renewal/renewal_notices.h"
#include "secrets/recovery_key.h"
#include "secrets/secret_store.h"

namespace mailward::renewal {

namespace {

ItemOutcome failed(const Error& error, const std::string& otherwise = {}) {
  return {ItemState::failed, error.describe(), error.remedy().empty() ? otherwise : error.remedy()};
}

}  // namespace

ItemOutcome RenewalCourse::renew_master_key(RenewalItem& item, bool was_acting) {
  const std::string before = json_in(item.before).value("key", "");
  // A kill after the commit: the keyring took the new key into force when it was opened.
  const bool stands = was_acting && to_hex(parts().keyring.master_key_id()) != before;
  if (!stands) {
    if (const Status rotated = parts().keyring.rotate_master_key(renewal.started_by); !rotated) {
      return failed(rotated.error(), "see to the key file's folder, then try again");
    }
  }
  const auto opened = parts().database.read([&](db::Session& session) { return parts().keyring.check_all(session); });
  if (!opened) return failed(opened.error(), "restore the database and the key file of the same time");
  const auto written = parts().database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(notices::master_key_rotated(tx, renewal, parts().clock.now()));
    return note(tx, parts().trail, by(), "key.rotate", renewal.id,
                {{"before", {{"key", before}}}, {"after", {{"key", to_hex(parts().keyring.master_key_id())}}}});
  });
  if (!written) return failed(written.error());
  item.proof = text_of(
      {{"key_before", before}, {"key_after", to_hex(parts().keyring.master_key_id())}, {"keys_that_open", *opened}});
  item.done_times = 1;
  return {.state = ItemState::done};
}

ItemOutcome RenewalCourse::renew_recovery_key(RenewalItem& item, bool was_acting) {
  auto proof = json_in(item.proof);
  if (!proof.contains("key_before")) {
    const auto before = secrets::RecoveryKey::open(parts().database, parts().keyring, parts().clock);
    if (!before) return failed(before.error());
    proof["key_before"] = before->id();
    item.proof = text_of(proof);
    // The intent names the pair that goes, so that after a kill another one is known for the new one.
    if (const Status kept = keep(item); !kept) return failed(kept.error());
    was_acting = false;
  }
  auto stands = secrets::RecoveryKey::open(parts().database, parts().keyring, parts().clock);
  if (!stands) return failed(stands.error());
  const bool is_new = was_acting && stands->id() != proof.value("key_before", "");
  if (!is_new) {
    secrets::SecretStore store(parts().keyring, parts().clock);
    const Status dropped = parts().database.transaction([&](db::Transaction& tx) -> Status {
      MW_CHECK(secrets::RecoveryKey::renew(tx, store));
      return note(tx, parts().trail, by(), "key.renew_recovery", renewal.id,
                  {{"before", proof.value("key_before", "")}});
    });
    if (!dropped) return failed(dropped.error());
    stands = secrets::RecoveryKey::open(parts().database, parts().keyring, parts().clock);
    if (!stands) return failed(stands.error());
  }
  proof["key_after"] = stands->id();
  item.proof = text_of(proof);
  item.done_times = 1;
  item.command = "mailward key recovery > FILE";
  return {.state = ItemState::waiting,
          .why = "the new pair is made; until its private half is taken, it lies here alone",
          .remedy = "as root on the server: mailward key recovery > FILE, and keep the file elsewhere"};
}

ItemOutcome RenewalCourse::renew_certificate(RenewalItem& item) {
  if (!parts().make_certificate) {
    return {ItemState::failed, "no certificate is served by this process", "start the service with server.listen"};
  }
  const auto made = parts().make_certificate();
  if (!made) return failed(made.error());
  item.proof = text_of({{"fingerprint", *made}});
  item.done_times = 1;
  return {.state = ItemState::done};
}

}  // namespace mailward::renewal
