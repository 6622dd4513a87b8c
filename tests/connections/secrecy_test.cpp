#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/connections/books.h"

/// No password stands in the database but sealed.
namespace mailward::connections::testing {
namespace {

constexpr std::string_view kSecrets[] = {"Zebra-crossing-71", "Wrong-turning-82", "Reader-of-maps-93"};
constexpr std::string_view kCanary = "Canary-in-plain-sight-64";

class SecrecyTest : public BooksTest {
 protected:
  /// All files of the test's database, WAL and journals too; on PostgreSQL every table's rows as text.
  std::string everything() {
    if (!on_sqlite()) return all_rows();
    std::string bytes;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      if (!entry.is_regular_file() || entry.path().filename() == "master.key") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(file), {});
    }
    return bytes;
  }

 private:
  std::string all_rows() {
    return must(database().read([](db::Session& session) -> Result<std::string> {
      MW_TRY(const auto tables, session.query("SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = "
                                              "current_schema()"));
      std::string bytes;
      for (const db::Row& table : tables) {
        MW_TRY(const auto rows, session.query("SELECT CAST(t AS TEXT) FROM " + table.text(0) + " t"));
        for (const db::Row& row : rows) bytes += row.text(0) + "\n";
      }
      return bytes;
    }));
  }
};
MAILWARD_ON_EVERY_DATABASE(SecrecyTest);

/// The forms in which text is likely to have been written down. Base 64 is cut so that what stands before it in the
/// same text does not hide it.
std::vector<std::string> spellings(std::string_view secret) {
  const Bytes utf16 = must(to_utf16le(secret));
  std::string upper_hex = to_hex(as_bytes(secret));
  for (char& c : upper_hex) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::vector<std::string> forms = {std::string(secret), std::string(as_text(utf16)), to_hex(as_bytes(secret)),
                                    upper_hex, to_hex(utf16)};
  for (std::size_t skipped = 0; skipped < 3; ++skipped) {
    const std::string_view rest = secret.substr(skipped);
    forms.push_back(to_base64(as_bytes(rest.substr(0, rest.size() / 3 * 3))));
  }
  return forms;
}

bool stands_in(std::string_view secret, std::string_view bytes) {
  for (const std::string& form : spellings(secret)) {
    if (bytes.contains(form)) return true;
  }
  return false;
}

TEST_P(SecrecyTest, no_password_stands_in_the_database) {
  RefusalMemory refusals(database(), keyring(), clock_);
  auto directory = must(ledger().create_directory(sample_directory(), typed(kSecrets[2]), by_admin()));
  auto made = create(sample_form(), kSecrets[0], directory.id);
  promote_pending(made.account);
  made = must(ledger().update_connection(made.id, made.version, made.form, typed(kSecrets[1]), by_admin()));
  const auto account = account_of(made);
  must(refusals.begin_try(account.normalised, SecretString(kSecrets[1]), std::nullopt));
  must(refusals.refused(account.normalised, SecretString(kSecrets[1]), "bad_password"));
  must(ledger().mark_refused(account.id, account.pending()->id, "bad_password", by_admin()));
  must(ledger().set_password(account.id, account.version, typed(kSecrets[0]), as_shown({made.id}), by_admin()));
  must(ledger().update_directory(directory.id, directory.version, directory.form, typed(kSecrets[2]), by_admin()));

  const std::string before = everything();
  for (const std::string_view secret : kSecrets) EXPECT_FALSE(stands_in(secret, before));

  // The search finds what is there, in each spelling.
  for (const std::string& form : spellings(kCanary)) {
    ConnectionForm canary = must(ledger().connection(made.id)).form;
    const bool text = is_utf8(form) && !form.contains('\0');
    if (text) {
      canary.description = form;
      made = must(ledger().connection(made.id));
      must(ledger().update_connection(made.id, made.version, canary, std::nullopt, by_admin()));
    } else {
      edit_database(
          "INSERT INTO tried_password (account, hash, state, at, failure_class) VALUES ('x', $1, 'refused', 0, "
          "'')",
          {to_bytes(form)});
    }
    EXPECT_TRUE(stands_in(kCanary, everything())) << "the canary was planted and not found";
  }
}

}  // namespace
}  // namespace mailward::connections::testing
