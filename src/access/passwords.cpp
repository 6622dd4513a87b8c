#include "access/passwords.h"

#include <array>
#include <cerrno>
#include <future>

#include <sodium.h>

#include "base/digest.h"

namespace mailward::access {

namespace {

constexpr std::string_view kPepper = "user_password";

std::unexpected<Error> busy() {
  return fail(Error(AccessError::busy, "too many passwords are being checked at this moment")
                  .with_remedy("try again in a few seconds"));
}

/// A line of that cost that no password opens: a real one at the least cost, with the cost changed.
std::string dummy_hash(const PasswordCost& cost) {
  std::array<char, crypto_pwhash_STRBYTES> line{};
  const Bytes random = random_bytes(32);
  const std::string_view nothing = as_text(random);
  if (crypto_pwhash_str(line.data(), nothing.data(), nothing.size(), crypto_pwhash_OPSLIMIT_MIN,
                        crypto_pwhash_MEMLIMIT_MIN) != 0) {
    throw std::bad_alloc();
  }
  std::string text = line.data();
  const std::size_t from = text.find("$m=");
  const std::size_t until = text.find(",p=");
  text.replace(from, until - from,
               "$m=" + std::to_string(cost.memory_bytes / 1024) + ",t=" + std::to_string(cost.passes));
  return text;
}

/// Runs `work` on the pool and waits for it.
template <typename T, typename Work>
Result<T> run_on(Pool& pool, Work work) {
  std::promise<Result<T>> promise;
  auto answer = promise.get_future();
  const Status submitted = pool.submit([promise = std::move(promise), &work] mutable { promise.set_value(work()); });
  if (!submitted) return busy();
  try {
    return answer.get();
  } catch (const std::future_error&) {
    return fail(BaseError::cancelled, "the service stops");
  }
}

Error no_memory() {
  return {BaseError::crypto, "the password could not be checked: Argon2id had no memory or a stored hash is damaged"};
}

}  // namespace

Passwords::Passwords(secrets::Keyring& keyring, PasswordCost cost, std::size_t queue)
    : keyring_(keyring),
      cost_(cost),
      dummy_(dummy_hash(cost)),
      known_("passwords", 1, queue),
      strangers_("passwords-new", 1, queue) {}

Result<SecretString> Passwords::peppered(UserId user, const SecretString& password) {
  const std::string owner = user.text() + ":";
  Bytes both(as_bytes(owner).begin(), as_bytes(owner).end());
  both.reserve(owner.size() + password.size());
  both.insert(both.end(), password.reveal_bytes().begin(), password.reveal_bytes().end());
  const auto hashed = keyring_.keyed_hash(kPepper, both);
  wipe(both);
  if (!hashed) return fail(hashed.error());
  std::string text = to_hex(*hashed);
  return SecretString::taken_from(text);
}

Result<std::string> Passwords::hash(UserId user, const SecretString& password) {
  MW_TRY(const SecretString input, peppered(user, password));
  return run_on<std::string>(known_, [&]() -> Result<std::string> {
    std::array<char, crypto_pwhash_STRBYTES> line{};
    const std::string_view secret = input.reveal();
    if (crypto_pwhash_str(line.data(), secret.data(), secret.size(), cost_.passes, cost_.memory_bytes) != 0) {
      return fail(no_memory());
    }
    return std::string(line.data());
  });
}

Result<bool> Passwords::verify(UserId user, std::string_view stored, const SecretString& password, Lane lane) {
  MW_TRY(const SecretString input, peppered(user, password));
  const bool real = !stored.empty();
  const std::string line = real ? std::string(stored) : dummy_;
  return run_on<bool>(lane == Lane::known ? known_ : strangers_, [&]() -> Result<bool> {
    errno = 0;
    const std::string_view secret = input.reveal();
    const int verified = crypto_pwhash_str_verify(line.c_str(), secret.data(), secret.size());
    // EINVAL is libsodium's word for a password that is not the one.
    if (verified != 0 && errno != EINVAL) return fail(no_memory());
    return verified == 0 && real;
  });
}

bool Passwords::outdated(std::string_view stored) const {
  return crypto_pwhash_str_needs_rehash(std::string(stored).c_str(), cost_.passes, cost_.memory_bytes) != 0;
}

}  // namespace mailward::access
