#pragma once

#include <gmime/gmime.h>

#include <memory>
#include <string>

/// GMime's objects with owners. For this room alone.
namespace mailward::mime::inner {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

struct Free {
  void operator()(void* memory) const { g_free(memory); }
};
using Text = std::unique_ptr<char, Free>;

inline std::string text_of(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}
inline std::string taken(char* text) {
  const Text owner(text);
  return text_of(text);
}

/// GMime wants to be started once in a process.
void start();

/// A downcast of GObject's kind: null where the object is none of that type.
template <typename T>
T* cast(void* object, GType type) {
  return object != nullptr && g_type_check_instance_is_a(static_cast<GTypeInstance*>(object), type) != 0
             ? static_cast<T*>(object)
             : nullptr;
}

}  // namespace mailward::mime::inner
