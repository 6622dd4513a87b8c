#include "base/secret.h"

#include <sodium.h>

#include <cstring>
#include <new>

namespace mailward {
namespace {

void prepare_sodium() {
  static const int ready = sodium_init();
  if (ready < 0) throw std::bad_alloc();
}

}  // namespace

void SecretString::Free::operator()(char* data) const {
  sodium_free(data);
}

SecretString::SecretString(std::string_view secret) : size_(secret.size()) {
  prepare_sodium();
  data_.reset(static_cast<char*>(sodium_malloc(secret.size() + 1)));
  if (!data_) throw std::bad_alloc();
  if (!secret.empty()) std::memcpy(data_.get(), secret.data(), secret.size());
  data_[secret.size()] = '\0';
}

SecretString SecretString::taken_from(std::string& source) {
  SecretString secret{std::string_view(source)};
  wipe(source);
  source.clear();
  return secret;
}

bool SecretString::equals(const SecretString& other) const {
  return size_ == other.size_ && (size_ == 0 || sodium_memcmp(data_.get(), other.data_.get(), size_) == 0);
}

void wipe(void* data, std::size_t size) {
  sodium_memzero(data, size);
}
void wipe(std::string& text) {
  wipe(text.data(), text.size());
}
void wipe_stack() {
  // Deeper than the libraries that take passwords here ever went.
  sodium_stackzero(std::size_t{64} * 1024);
}
void wipe(Bytes& bytes) {
  wipe(bytes.data(), bytes.size());
}

}  // namespace mailward
