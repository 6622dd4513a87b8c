#include "kerberos/private_context.h"

#include <profile.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "base/clock.h"
#include "kerberos/tickets.h"

namespace mailward::kerberos {
namespace {

// kdc_timesync = 0: a clock that is wrong shall be found, not corrected in silence, since Exchange would refuse the
// ticket.
std::string profile_text(const std::string& realm) {
  return "[libdefaults]\n"
         "default_realm = " +
         realm +
         "\n"
         "dns_lookup_kdc = false\n"
         "dns_lookup_realm = false\n"
         "dns_canonicalize_hostname = false\n"
         "rdns = false\n"
         "dns_uri_lookup = false\n"
         "udp_preference_limit = 1\n"
         "kdc_timesync = 0\n"
         "clockskew = 300\n"
         "noaddresses = true\n"
         "forwardable = false\n";
}

}  // namespace

Result<PrivateContext> PrivateContext::make(const std::string& realm, std::chrono::seconds clock_offset) {
  for (char letter : realm) {
    bool plain = (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '.' ||
                 letter == '-' || letter == '_';
    if (!plain) return fail(BaseError::invalid_argument, "a realm is upper-case letters, digits, dots and hyphens");
  }
  PrivateContext made;
  made.profile_file_ = FileDescriptor(memfd_create("krb5.conf", MFD_CLOEXEC));
  std::string text = profile_text(realm);
  if (!made.profile_file_ ||
      write(made.profile_file_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return fail(KerberosError::other, "cannot write the profile of libkrb5 into memory");
  }
  std::string path = "/proc/self/fd/" + std::to_string(made.profile_file_.get());
  const char* files[] = {path.c_str(), nullptr};
  profile_t profile = nullptr;
  if (profile_init(files, &profile) != 0) return fail(KerberosError::other, "libkrb5 cannot read its profile");
  krb5_context context = nullptr;
  krb5_error_code code = krb5_init_context_profile(profile, KRB5_INIT_CONTEXT_SECURE, &context);
  profile_release(profile);
  if (code != 0) return fail(KerberosError::other, "libkrb5 cannot be set up (code " + std::to_string(code) + ")");
  made.context_.reset(context);
  if (clock_offset.count() != 0) {
    auto moved = Clock::system().now() + clock_offset;
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(moved.time_since_epoch()).count();
    krb5_set_real_time(context, static_cast<krb5_timestamp>(seconds), 0);
  }
  return made;
}

std::string PrivateContext::words(krb5_error_code code) const {
  const char* message = krb5_get_error_message(context_.get(), code);
  std::string words = message;
  krb5_free_error_message(context_.get(), message);
  return words;
}

void ignore_host_configuration() {
  setenv("KRB5_CONFIG", "/dev/null", 1);
}

}  // namespace mailward::kerberos
