// What this program frees is wiped first, by whichever library it was held: passwords pass through TLS, HTTP, JSON,
// GSSAPI and LDAP on their way, and most of these hand memory back as it is. Takes the place of the C library's own
// functions (which the manual allows: "Replacing malloc"), for the whole process, and calls them in turn.
//
// Not under sanitizers, which have their own.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

#include <cstddef>
#include <cstring>

#include <malloc.h>

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier,cppcoreguidelines-no-malloc): the C library's names
void __libc_free(void* memory);
void* __libc_malloc(std::size_t size);

void free(void* memory) noexcept {
  if (memory == nullptr) return;
  explicit_bzero(memory, malloc_usable_size(memory));
  __libc_free(memory);
}

/// Moves by hand whatever does not fit where it is, so that nothing stays behind.
void* realloc(void* memory, std::size_t size) noexcept {
  if (memory == nullptr) return __libc_malloc(size);
  if (size == 0) {
    free(memory);
    return nullptr;
  }
  const std::size_t had = malloc_usable_size(memory);
  if (size <= had && size >= had / 2) return memory;
  void* const moved = __libc_malloc(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, memory, had < size ? had : size);
  free(memory);
  return moved;
}
// NOLINTEND(bugprone-reserved-identifier,cppcoreguidelines-no-malloc)

}  // extern "C"

#endif
