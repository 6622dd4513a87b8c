#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ews/evidence.h"
#include "ews/failure.h"

namespace mailward::ews {

/// Looks at what an arriving answer begins with, behind at most 64 KiB of white space: SOAP goes on to its reader, of a
/// page the beginning is kept.
class AnswerIntake {
 public:
  using Feed = std::function<Outcome<void>(std::string_view piece)>;
  explicit AnswerIntake(Feed feed) : feed_(std::move(feed)) {}

  /// Errors: those of `feed`; not_soap where nothing but white space comes.
  Outcome<void> take(std::string_view piece, const Evidence& head);
  /// The answer has ended. Nothing where its reader had it; else the page's beginning, to be judged as any answer is.
  Outcome<std::optional<std::string>> finish();

 private:
  Outcome<void> tell();
  Outcome<void> give(std::string_view piece);

  Feed feed_;
  std::optional<Evidence> head_;
  std::size_t space_ = 0;  ///< that came before the beginning
  std::string beginning_;
  std::string page_;
  bool told_ = false;
  bool is_page_ = false;
};

}  // namespace mailward::ews
