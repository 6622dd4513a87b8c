#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace mailward {

/// Bytes that must not leave: kept in guarded memory that is locked where the system allows it, left out of core dumps
/// and wiped when freed (libsodium's sodium_malloc). It has no stream operator, no formatter and no implicit
/// conversion; the only way to its contents is reveal(). Copying is explicit. Not for use by several threads at once
/// unless all only read.
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string_view secret);
  explicit SecretString(BytesView secret) : SecretString(as_text(secret)) {}
  /// Takes over the secret and wipes the string it came from.
  static SecretString taken_from(std::string& source);

  SecretString(SecretString&&) noexcept = default;
  SecretString& operator=(SecretString&&) noexcept = default;
  SecretString(const SecretString&) = delete;
  SecretString& operator=(const SecretString&) = delete;

  SecretString clone() const { return SecretString(reveal()); }

  /// The secret itself, followed by a NUL that is not part of it. Valid as long as this object. Pass it on to what
  /// needs it; never store it in an ordinary string that outlives the call.
  std::string_view reveal() const { return {data_.get() ? data_.get() : "", size_}; }
  BytesView reveal_bytes() const { return as_bytes(reveal()); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// In constant time for equal lengths.
  bool equals(const SecretString& other) const;

 private:
  struct Free {
    void operator()(char* data) const;
  };
  std::unique_ptr<char[], Free> data_;
  std::size_t size_ = 0;
};

/// Overwrites memory in a way that the compiler keeps.
void wipe(void* data, std::size_t size);
void wipe(std::string& text);
void wipe(Bytes& bytes);
/// Overwrites the stack below the caller, where a library's functions that just returned may have left a secret.
void wipe_stack();

}  // namespace mailward
