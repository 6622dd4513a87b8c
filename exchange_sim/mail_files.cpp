#include "exchange_sim/mail_files.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <mutex>
#include <set>

#include "base/file.h"
#include "exchange_sim/item_mime.h"
#include "exchange_sim/people.h"

namespace mailward::exchange_sim {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReasonsTold = 20;

bool ends_with_any(const fs::path& file, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(
      endings, [ending = lower_case(file.extension().string())](std::string_view each) { return each == ending; });
}

/// Why these bytes are no message, where that is seen at once: the parser would say less.
Status begins_as_message(std::string_view bytes) {
  constexpr std::size_t kLongestLine = std::size_t{1024} * 1024;
  if (bytes.empty()) return fail(BaseError::malformed, "it is empty");
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  if (line.size() > kLongestLine) {
    return fail(BaseError::limit_exceeded,
                "its first line has " + std::to_string(line.size()) + " bytes: no header is as long");
  }
  const auto colon = line.find(':');
  const bool header = colon != std::string_view::npos && colon > 0 && line.find(' ') != 0;
  if (!header) return fail(BaseError::malformed, "it does not begin with a header line: " + printable(line, 60));
  return {};
}

/// Puts messages where they belong.
class Sorting {
 public:
  explicit Sorting(Organisation& organisation) {
    for (Mailbox& each : organisation.mailboxes()) {
      if (each.first_place == MailboxPlace::here) mailboxes_.push_back(&each);
    }
  }
  bool possible() const { return !mailboxes_.empty(); }

  Status take(const std::string& bytes) {
    MW_CHECK(begins_as_message(bytes));
    Item item;
    // Bodies lie in one file for all mailboxes: whichever reads the message does.
    MW_CHECK(fill_from_mime(item, *mailboxes_.front(), bytes));
    item.received = item.sent;
    std::set<Mailbox*> receivers;
    for (const std::string_view uri : {"message:ToRecipients", "message:CcRecipients"}) {
      for (const Address& each : people_in(item.find(field_id(uri)))) {
        if (Mailbox* one = named(each.smtp)) receivers.insert(one);
      }
    }
    std::set<Mailbox*> senders;
    for (const Address& each : people_in(item.find(field_id("message:From")))) {
      if (Mailbox* one = named(each.smtp)) senders.insert(one);
    }
    if (receivers.empty() && senders.empty()) receivers.insert(mailboxes_.at(next_++ % mailboxes_.size()));
    for (Mailbox* each : receivers) put(*each, "inbox", item);
    for (Mailbox* each : senders) put(*each, "sentitems", item);
    return {};
  }

 private:
  Mailbox* named(std::string_view smtp) const {
    const auto found = std::ranges::find_if(mailboxes_, [&](const Mailbox* each) {
      return equal_ignoring_case(each->smtp, smtp) ||
             std::ranges::any_of(each->aliases, [&](const auto& alias) { return equal_ignoring_case(alias, smtp); });
    });
    return found == mailboxes_.end() ? nullptr : *found;
  }
  static void put(Mailbox& mailbox, std::string_view folder, const Item& item) {
    const std::unique_lock lock(mailbox.mutex);
    auto copy = item.clone();
    copy->unmodified = true;
    copy->from_me = copy->read = folder == "sentitems";
    mailbox.set_quiet(true);
    mailbox.add(std::move(copy), *mailbox.find_distinguished(folder), Arrival::delivered);
    mailbox.set_quiet(false);
  }

  std::vector<Mailbox*> mailboxes_;
  std::size_t next_ = 0;
};

using Taker = std::function<void(const std::string& bytes, const std::string& name)>;

/// Line by line: an mbox may be larger than memory.
Status each_in_mbox(const fs::path& file, const Taker& take) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(BaseError::io, "cannot be opened");
  std::string message;
  std::size_t number = 0;
  bool too_large = false;
  const auto finish = [&] {
    // A blank line ends a message and is not of it.
    if (message.ends_with("\n\n")) message.pop_back();
    if (message.ends_with("\r\n\r\n")) message.resize(message.size() - 2);
    if (number > 0) take(message, file.string() + ", message " + std::to_string(number));
    message.clear();
    too_large = false;
    ++number;
  };
  bool after_blank = true;
  for (std::string line; std::getline(in, line);) {
    if (after_blank && line.starts_with("From ")) {
      finish();
      after_blank = false;
      continue;
    }
    after_blank = line.empty() || line == "\r";
    const auto quoted = line.find_first_not_of('>');
    if (quoted != std::string::npos && quoted > 0 && line.substr(quoted).starts_with("From ")) line.erase(0, 1);
    // One byte more than is allowed, so that the parser says what is wrong with it.
    too_large = too_large || message.size() > mime::Limits().bytes;
    if (!too_large) message += line + "\n";
  }
  finish();
  return in.bad() ? Status(fail(BaseError::io, "cannot be read to its end")) : Status();
}

Result<std::vector<fs::path>> files_of(const fs::path& source) {
  std::error_code error;
  const fs::file_status status = fs::status(source, error);
  if (fs::is_regular_file(status)) return std::vector{source};
  if (!fs::is_directory(status)) {
    return fail(Error(BaseError::not_found, "there is no mail at " + source.string())
                    .with_remedy("name a folder of .eml files, an .eml file or an mbox"));
  }
  std::vector<fs::path> found;
  for (auto each = fs::recursive_directory_iterator(source, fs::directory_options::skip_permission_denied, error);
       !error && each != fs::recursive_directory_iterator(); each.increment(error)) {
    if ((each->is_symlink(error) || each->is_regular_file(error)) && ends_with_any(each->path(), {".eml", ".mbox"}))
      found.push_back(each->path());
  }
  if (found.empty()) {
    return fail(Error(BaseError::not_found, "no .eml file and no .mbox in " + source.string())
                    .with_remedy("name a folder of .eml files, an .eml file or an mbox"));
  }
  std::ranges::sort(found);
  return found;
}

bool is_mbox(const fs::path& file) {
  if (ends_with_any(file, {".eml"})) return false;
  std::ifstream in(file, std::ios::binary);
  std::string start(5, '\0');
  return in.read(start.data(), 5) && start == "From ";
}

}  // namespace

Result<LoadedMail> load_mail(Organisation& organisation, const fs::path& source) {
  MW_TRY(const std::vector<fs::path> files, files_of(source));
  Sorting sorting(organisation);
  if (!sorting.possible()) {
    return fail(Error(BaseError::not_found, "there is no mailbox here that could take the mail")
                    .with_remedy("add a [[mailbox]] to the configuration"));
  }
  LoadedMail loaded;
  const auto note = [&](const Status& status, const std::string& name) {
    if (status) return;
    ++loaded.left_out;
    if (loaded.why.size() < kReasonsTold) loaded.why.push_back(name + ": " + status.error().describe());
  };
  const Taker take = [&](const std::string& bytes, const std::string& name) {
    const Status taken = sorting.take(bytes);
    if (taken) ++loaded.messages;
    note(taken, name);
  };
  for (const fs::path& file : files) {
    // A link that was named is followed; one that stands in the folder may lead anywhere.
    if (file != source && fs::is_symlink(file)) {
      note(fail(BaseError::invalid_argument, "it is a link"), file.string());
    } else if (is_mbox(file)) {
      note(each_in_mbox(file, take), file.string());
    } else if (auto bytes = read_file(file, mime::Limits().bytes)) {
      take(*bytes, file.string());
    } else {
      note(std::unexpected(bytes.error()), file.string());
    }
  }
  if (loaded.messages == 0) {
    return fail(Error(BaseError::malformed, "no message at " + source.string() + " could be loaded" +
                                                (loaded.why.empty() ? "" : ": " + loaded.why.front()))
                    .with_remedy("name a folder of .eml files, an .eml file or an mbox"));
  }
  return loaded;
}

}  // namespace mailward::exchange_sim
