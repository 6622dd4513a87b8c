#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/secret.h"
#include "connections/refusal_memory.h"
#include "directory/bind_witness.h"
#include "work/leases.h"

namespace mailward::connections {

/// Whose password it is that a Directory binds with: what its books say, and are told.
class BindAccount {
 public:
  virtual ~BindAccount() = default;
  /// Whether this very password still stands and was not refused. Errors: DirectoryError::refused_earlier, DbError.
  virtual Status check() = 0;
  virtual Status note_accepted() = 0;
  virtual Status note_refused(const Error& refusal) = 0;
  /// Whether it was accepted before, in any process: an interrupted try may then be repeated.
  virtual bool was_accepted() const { return false; }
  /// What a person does about a refusal.
  virtual std::string remedy() const = 0;
};

/// Keeps the books of one password for the Directory that binds with it, which calls it one at a time. The first bind
/// of a process is made under a lease, so that one process at a time tries a password that none may know to be right,
/// and is written down before it is made. Found so later, its outcome is unknown (the process was killed, the
/// controller fell silent): the password is not tried until it is typed again, unless it was accepted before.
class BindBooks : public directory::BindWitness {
 public:
  struct Parts {
    db::Database& database;
    RefusalMemory& refusals;
    const Clock& clock;
    /// Of this process, for ever (work::Runs::process()): what a killed one holds is freed by the next start.
    std::string process;
  };
  /// `lease` names whose password it is among all processes, `memory_name` this very one (RefusalMemory).
  BindBooks(Parts parts, std::unique_ptr<BindAccount> account, std::string lease, std::string memory_name,
            SecretString password);

  Status before_bind(Deadline deadline, const std::stop_token& stop) override;
  void after_bind(const Status& outcome) override;

 private:
  Status begin_try();
  Status take_lease(Deadline deadline, const std::stop_token& stop);
  void release();

  Parts parts_;
  std::unique_ptr<BindAccount> account_;
  std::string lease_name_;
  std::string memory_name_;
  SecretString password_;
  std::string holder_;
  std::optional<work::Lease> lease_;
  bool proven_ = false;
};

}  // namespace mailward::connections
