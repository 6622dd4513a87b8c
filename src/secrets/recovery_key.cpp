#include "secrets/recovery_key.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/digest.h"

namespace mailward::secrets {

namespace {

constexpr std::string_view kPurpose = "recovery_key";
constexpr std::string_view kSubKey = "recovery";
constexpr std::string_view kForm = "mailward-recovery-key-1 ";
constexpr std::size_t kCheckDigits = 8;

std::string id_of(BytesView public_half) {
  return to_hex(sha256(public_half)).substr(0, 16);
}

/// Hexadecimal digits, and the first of their hash, so that a digit copied wrongly is told from a wrong key.
SecretString as_text_of(BytesView private_half) {
  std::string text(kForm);
  text += to_hex(private_half);
  text += " " + to_hex(sha256(private_half)).substr(0, kCheckDigits);
  return SecretString::taken_from(text);
}

/// The first line that is not empty, without the blanks around it: as a file has it in which somebody kept it.
std::string_view first_line(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  text = text.substr(0, text.find_first_of("\r\n"));
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

Result<SecretString> from_text(const SecretString& text) {
  std::string_view rest = first_line(text.reveal());
  constexpr std::size_t kDigits = std::size_t{2} * crypto_box_SECRETKEYBYTES;
  const auto malformed = [] {
    return fail(Error(BaseError::malformed, "this is no private half of a recovery key")
                    .with_remedy("give the whole line as `mailward key recovery` showed it"));
  };
  if (!rest.starts_with(kForm) || rest.size() != kForm.size() + kDigits + 1 + kCheckDigits) return malformed();
  rest.remove_prefix(kForm.size());
  auto bytes = from_hex(rest.substr(0, kDigits));
  if (!bytes) return malformed();
  const bool whole = to_hex(sha256(*bytes)).substr(0, kCheckDigits) == rest.substr(kDigits + 1);
  SecretString key{BytesView(*bytes)};
  wipe(*bytes);
  if (!whole) return malformed();
  return key;
}

Result<Sha256> mac_of(Keyring& keyring, BytesView public_half) {
  return keyring.keyed_hash(kSubKey, public_half);
}

Status make(db::Transaction& tx, Keyring& keyring, const Clock& clock, const Sha256& mac, BytesView public_half,
            const SecretString& private_half) {
  SecretStore store(keyring, clock);
  MW_TRY(const auto sealed, store.put(tx, kPurpose, public_half, private_half));
  MW_CHECK(
      tx.execute("INSERT INTO recovery_key (id, public_half, mac, private_secret, created, taken) VALUES (1, $1, "
                 "$2, $3, $4, NULL) ON CONFLICT (id) DO NOTHING",
                 {public_half, mac, sealed, clock.now()}));
  return record_secret(tx, {.kind = std::string(kRecoveryKeyKind),
                            .id = "recovery",
                            .opens = "the passwords in the recovery file",
                            .created = clock.now(),
                            .last_used = std::nullopt,
                            .renew_by = std::nullopt,
                            .set_by = std::string(kSetByItself)});
}

}  // namespace

Result<RecoveryKey> RecoveryKey::open(db::Database& database, Keyring& keyring, const Clock& clock) {
  const auto look = [&] {
    return database.read([&](db::Session& session) {
      return session.query_row("SELECT public_half, mac FROM recovery_key WHERE id = 1");
    });
  };
  MW_TRY(auto row, look());
  if (!row) {
    std::array<std::uint8_t, crypto_box_PUBLICKEYBYTES> public_half{};
    Bytes secret(crypto_box_SECRETKEYBYTES);
    crypto_box_keypair(public_half.data(), secret.data());
    const SecretString private_half{BytesView(secret)};
    wipe(secret);
    MW_TRY(const Sha256 mac, mac_of(keyring, public_half));
    MW_CHECK(database.transaction(
        [&](db::Transaction& tx) { return make(tx, keyring, clock, mac, public_half, private_half); }));
    MW_TRY(row, look());
  }
  const Bytes& public_half = row->bytes(0);
  MW_TRY(const Sha256 mac, mac_of(keyring, public_half));
  if (public_half.size() != crypto_box_PUBLICKEYBYTES || !std::ranges::equal(row->bytes(1), mac)) {
    return fail(Error(SecretsError::cannot_open, "the recovery key in the database is not the one that was made here")
                    .with_remedy("somebody wrote into the database: restore it, or look at the audit trail and make a "
                                 "new pair with mailward key recovery --renew"));
  }
  return RecoveryKey(public_half, id_of(public_half));
}

Bytes RecoveryKey::seal(const SecretString& secret) const {
  Bytes sealed(crypto_box_SEALBYTES + secret.size());
  crypto_box_seal(sealed.data(), secret.reveal_bytes().data(), secret.size(), public_half_.data());
  return sealed;
}

Result<SecretString> RecoveryKey::open_sealed(BytesView sealed, const SecretString& private_half) {
  MW_TRY(const SecretString key, from_text(private_half));
  std::array<std::uint8_t, crypto_box_PUBLICKEYBYTES> public_half{};
  crypto_scalarmult_base(public_half.data(), key.reveal_bytes().data());
  const auto refused = [] {
    return fail(Error(SecretsError::cannot_open, "what was sealed for recovery does not open with this key")
                    .with_remedy("it was sealed to another pair, or it is damaged: the entry names its key"));
  };
  if (sealed.size() < crypto_box_SEALBYTES) return refused();
  Bytes plain(sealed.size() - crypto_box_SEALBYTES);
  const int bad =
      crypto_box_seal_open(plain.data(), sealed.data(), sealed.size(), public_half.data(), key.reveal_bytes().data());
  if (bad != 0) {
    wipe(plain);
    return refused();
  }
  SecretString secret{BytesView(plain)};
  wipe(plain);
  return secret;
}

Result<std::optional<Timestamp>> RecoveryKey::taken(db::Session& session) {
  MW_TRY(const auto row, session.query_row("SELECT taken FROM recovery_key WHERE id = 1"));
  return row ? row->maybe_time(0) : std::nullopt;
}

Result<SecretString> RecoveryKey::take(db::Transaction& tx, SecretStore& store, Timestamp now) {
  MW_TRY(const auto row, tx.query_row("SELECT public_half, private_secret FROM recovery_key WHERE id = 1" +
                                      std::string(tx.lock_rows())));
  const auto held = row ? row->maybe_id<SecretId>(1) : std::nullopt;
  if (!held) {
    return fail(Error(SecretsError::unknown_secret, "the private half of the recovery key was shown already")
                    .with_remedy("where it is lost, make a new pair: mailward key recovery --renew"));
  }
  MW_TRY(const SecretString private_half, store.open(tx, *held, kPurpose, row->bytes(0)));
  MW_CHECK(store.remove(tx, *held));
  MW_CHECK(tx.execute("UPDATE recovery_key SET private_secret = NULL, taken = $1 WHERE id = 1", {now}));
  return as_text_of(private_half.reveal_bytes());
}

Status RecoveryKey::renew(db::Transaction& tx, SecretStore& store) {
  MW_TRY(const auto row,
         tx.query_row("SELECT private_secret FROM recovery_key WHERE id = 1" + std::string(tx.lock_rows())));
  if (const auto held = row ? row->maybe_id<SecretId>(0) : std::nullopt) MW_CHECK(store.remove(tx, *held));
  MW_CHECK(tx.execute("DELETE FROM recovery_key WHERE id = 1"));
  return forget_secret(tx, kRecoveryKeyKind, "recovery");
}

}  // namespace mailward::secrets
