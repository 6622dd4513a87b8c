#pragma once

#include <memory>

#include "tests/support/samba_dc.h"

namespace mailward::testing {

/// Two controllers of one domain, dc1.example.test and dc2.example.test, each with an address and data of its own, and
/// certificates by one authority. The second one was joined once (var/cache/samba-pair-…); both are up in about six
/// seconds. Neither takes over the other's changes by itself: a test decides when. One thread at a time. Every call
/// throws std::runtime_error on failure.
class SambaPair {
 public:
  explicit SambaPair(SambaOptions first = {}, SambaOptions second = {});

  /// The PDC emulator.
  SambaDc& first() { return *first_; }
  SambaDc& second() { return *second_; }
  /// Each takes over the domain's changes that the other one made; both must run. About a second.
  void replicate();

 private:
  static void make_template(const std::filesystem::path& target);
  static void pull(SambaDc& to, const SambaDc& from);

  std::unique_ptr<SambaDc> first_;
  std::unique_ptr<SambaDc> second_;
};

}  // namespace mailward::testing
