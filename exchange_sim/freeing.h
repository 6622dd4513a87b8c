#pragma once

namespace mailward::exchange_sim {

/// A std::unique_ptr's deleter that calls a C library's function.
template <auto Function>
struct Freeing {
  template <typename T>
  void operator()(T* object) const {
    Function(object);
  }
};

}  // namespace mailward::exchange_sim
