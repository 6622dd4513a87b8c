#pragma once

#include <krb5/krb5.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace mailward::kerberos {

/// A libkrb5 context that knows nothing of the host: its profile is a text in memory, the environment is not read.
/// One thread at a time.
class PrivateContext {
 public:
  /// Errors: KerberosError::other.
  static Result<PrivateContext> make(const std::string& realm, std::chrono::seconds clock_offset);

  krb5_context get() const { return context_.get(); }
  /// libkrb5's words for a code.
  std::string words(krb5_error_code code) const;

 private:
  struct Free {
    void operator()(krb5_context context) const { krb5_free_context(context); }
  };
  FileDescriptor profile_file_;  ///< held open: libprofile knows it by its number
  std::unique_ptr<_krb5_context, Free> context_;
};

/// What libkrb5 hands out, freed with its context.
template <typename T, void (*free_it)(krb5_context, T)>
class Owned {
 public:
  explicit Owned(krb5_context context) : context_(context) {}
  ~Owned() { reset(); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  T get() const { return thing_; }
  T* out() {
    reset();
    return &thing_;
  }
  T operator->() const { return thing_; }

 private:
  void reset() {
    if (thing_ != nullptr) free_it(context_, thing_);
    thing_ = nullptr;
  }
  krb5_context context_;
  T thing_ = nullptr;
};

/// A krb5_data that libkrb5 fills.
class OwnedData {
 public:
  explicit OwnedData(krb5_context context) : context_(context) {}
  ~OwnedData() { krb5_free_data_contents(context_, &data_); }
  OwnedData(const OwnedData&) = delete;
  OwnedData& operator=(const OwnedData&) = delete;
  krb5_data* out() {
    krb5_free_data_contents(context_, &data_);
    data_ = {};
    return &data_;
  }
  std::string_view text() const { return {data_.data, data_.length}; }

 private:
  krb5_context context_;
  krb5_data data_{};
};

/// Credentials that libkrb5 fills.
class OwnedCredentials {
 public:
  explicit OwnedCredentials(krb5_context context) : context_(context) {}
  ~OwnedCredentials() { krb5_free_cred_contents(context_, &credentials_); }
  OwnedCredentials(const OwnedCredentials&) = delete;
  OwnedCredentials& operator=(const OwnedCredentials&) = delete;
  krb5_creds* get() { return &credentials_; }
  krb5_creds* operator->() { return &credentials_; }

 private:
  krb5_context context_;
  krb5_creds credentials_{};
};

}  // namespace mailward::kerberos
