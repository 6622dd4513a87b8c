#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

/// Recommended measures: what each room knows of how safe things are, in one form that rooms on any floor hand up. A
/// room makes its lines; renewal/ lists them all. Nothing here is a secret, and no line makes a score.
namespace mailward {

enum class MeasureOutcome {
  to_do,
  cannot_tell,  ///< nothing was seen, or not enough: never taken for well
  ok,
  not_applicable,  ///< what it asks about is not there
};
std::string_view name_of(MeasureOutcome outcome);
std::optional<MeasureOutcome> measure_outcome_named(std::string_view name);

/// When a thing to do wants to be done.
enum class MeasureUrgency { now, soon, later };
std::string_view name_of(MeasureUrgency urgency);

/// The paragraph that asks for it.
struct Guidance {
  std::string_view document;
  std::string_view section;  ///< its heading, as the document spells it
  std::string_view url;
};

/// What a line is headed with: what was found, never what is hoped for.
struct MeasureTitles {
  std::string_view topic;  ///< where nobody can tell, or where it does not apply
  std::string_view well;   ///< also what is wanted, of a line that is not well
  std::string_view amiss;
};

/// What is the same of every line of an id. Rooms keep them in tables that live as long as the program.
struct MeasureInfo {
  std::string_view id;  ///< "password_age": stable, in the API and the database
  MeasureTitles titles;
  std::string_view why;
  MeasureUrgency urgency = MeasureUrgency::soon;
  Guidance source;
};

/// What a line is about.
struct MeasureSubject {
  enum class Kind { connection, account, installation };
  Kind kind = Kind::installation;
  std::string id{};    ///< empty for the installation
  std::string name{};  ///< as people know it

  /// "connection:<id>", "account:<id>", "installation".
  std::string text() const;
};
std::string_view name_of(MeasureSubject::Kind kind);

struct MeasureFact {
  std::string name;  ///< in words: "password set"
  std::string value;
};

/// One line: what is recommended, and what was seen.
struct Measure {
  const MeasureInfo* info = nullptr;  ///< never null in a line
  MeasureSubject subject;
  MeasureOutcome outcome = MeasureOutcome::cannot_tell;
  MeasureUrgency urgency = MeasureUrgency::soon;  ///< of what is to do; may be graver than the table's
  std::string sentence;                           ///< what was seen, for a person
  std::vector<MeasureFact> facts;
  /// What the outcome rests on, as words without times or counts that move by themselves: a person accepts these, and
  /// one that he did not accept is worse than what he did. Empty where the line is well.
  std::vector<std::string> grounds;
  std::optional<Timestamp> seen_at;  ///< nothing: not yet
  std::string seen_how;              ///< "from outside: connection test", "Active Directory: dc1.example.test" …
  std::string remedy;                ///< often a line of PowerShell; empty where nothing is to be done

  Measure(const MeasureInfo& of, MeasureSubject about) : info(&of), subject(std::move(about)), urgency(of.urgency) {}

  Measure& fact(std::string name, std::string value) &;
  /// What was found, in a few words.
  std::string_view title() const;

  /// The outcome with its sentence; grounds stay as they are.
  Measure& say(MeasureOutcome what, std::string words) &;
  /// Something that is to be done, for this reason.
  Measure& find(std::string ground, std::string words) &;
  /// Nobody can tell, for this reason; with what would let one tell.
  Measure& puzzle(std::string words, std::string how_to_tell) &;
};

}  // namespace mailward
