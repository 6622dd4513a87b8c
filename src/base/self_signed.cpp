#include "base/self_signed.h"

#include <memory>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace mailward {

namespace {

constexpr long kSecondsOfADay = 24L * 60 * 60;

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using BignumPtr = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)>;

std::unexpected<Error> refused(std::string_view what) {
  return fail(BaseError::crypto, "a self-signed certificate cannot be made: " + std::string(what));
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::string alternative_names(const SelfSignedWish& wish) {
  std::string names;
  const auto add = [&](std::string_view kind, const std::string& name) {
    if (!names.empty()) names += ',';
    names.append(kind).append(name);
  };
  for (const std::string& name : wish.dns_names) add("DNS:", name);
  for (const std::string& address : wish.addresses) add("IP:", address);
  return names;
}

bool set_serial_number(X509* certificate) {
  unsigned char serial[16];
  if (RAND_bytes(serial, sizeof serial) != 1) return false;
  serial[0] = static_cast<unsigned char>((serial[0] & 0x3fU) | 0x40U);
  const BignumPtr number(BN_bin2bn(serial, sizeof serial, nullptr), BN_free);
  return number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_validity(X509* certificate, std::chrono::days valid, Timestamp now) {
  const auto from =
      static_cast<time_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  return ASN1_TIME_set(X509_getm_notBefore(certificate), from - kSecondsOfADay) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), from + (valid.count() * kSecondsOfADay)) != nullptr;
}

bool set_names(X509* certificate, const SelfSignedWish& wish) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(wish.common_name.data()),
                                    static_cast<int>(wish.common_name.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1;
}

std::string_view contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Result<SelfSigned> make_self_signed(const SelfSignedWish& wish, Timestamp now) {
  const KeyPtr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const X509Ptr certificate(X509_new(), X509_free);
  if (key == nullptr || certificate == nullptr) return refused("no key");
  X509* const made = certificate.get();
  if (X509_set_version(made, X509_VERSION_3) != 1 || !set_serial_number(made) || !set_names(made, wish) ||
      !set_validity(made, wish.valid, now) || X509_set_pubkey(made, key.get()) != 1) {
    return refused("its fields do not hold");
  }
  if (!add_extension(made, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(made, NID_key_usage, "critical,digitalSignature") ||
      !add_extension(made, NID_ext_key_usage, "serverAuth") ||
      !add_extension(made, NID_subject_key_identifier, "hash") ||
      !add_extension(made, NID_subject_alt_name, alternative_names(wish))) {
    return refused("its names do not hold");
  }
  if (X509_sign(made, key.get(), EVP_sha256()) <= 0) return refused("it cannot be signed");
  const BioPtr chain(BIO_new(BIO_s_mem()), BIO_free_all);
  const BioPtr secret(BIO_new(BIO_s_secmem()), BIO_free_all);
  if (PEM_write_bio_X509(chain.get(), made) != 1 ||
      PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return refused("it cannot be written");
  }
  return SelfSigned{.certificate_pem = std::string(contents(chain.get())),
                    .private_key_pem = SecretString(contents(secret.get()))};
}

}  // namespace mailward
