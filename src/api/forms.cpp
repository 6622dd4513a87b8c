#include "api/forms.h"

#include <limits>
#include <utility>

namespace mailward::api {

namespace {

using connections::ConnectionForm;
using connections::DirectoryForm;
using connections::FieldProblem;
using connections::TypedPassword;

void read_authentication(Body& body, ConnectionForm& form) {
  const auto schemes = body.texts("authentication");
  if (!schemes) return;
  form.authentication = {.negotiate = false, .ntlm = false, .basic = false};
  for (const std::string& scheme : *schemes) {
    if (scheme == "negotiate") {
      form.authentication.negotiate = true;
    } else if (scheme == "ntlm") {
      form.authentication.ntlm = true;
    } else if (scheme == "basic") {
      form.authentication.basic = true;
    } else {
      body.add_problem("authentication", "only \"negotiate\", \"ntlm\" and \"basic\" are known");
    }
  }
}

std::optional<TypedPassword> going_where_shown(Body& body, std::optional<TypedPassword> password, bool required) {
  const bool shown = body.has("destination");
  std::string destination = body.text("destination");
  if (password && shown) password->destination = std::move(destination);
  if (password && !shown && required) {
    body.add_problem("destination",
                     "with a password this member is required: where it will go, as POST /destinations says");
  }
  return password;
}

std::optional<Failure> finish_with(Body& body, const std::vector<FieldProblem>& problems) {
  for (const FieldProblem& problem : problems) body.add_problem(problem.field, problem.problem);
  return body.finish();
}

}  // namespace

std::expected<std::int64_t, Failure> read_deleted_version(const Call& call) {
  auto version = call.query_integer("version", 1, std::numeric_limits<std::int64_t>::max(), 0);
  if (!version || *version > 0) return version;
  return std::unexpected(Failure(
      Error(ApiError::invalid_request, "version: the version that is to be deleted must be named (?version=N)")));
}

ConnectionForm read_connection_form(Body& body) {
  ConnectionForm form;
  form.description = body.text("description");
  form.ews_url = body.text("ews_url");
  form.master_mailbox = body.text("master_mailbox");
  read_authentication(body, form);
  form.trust_pem = body.text("trust_pem");
  form.mailbox_check = body.text("mailbox_check");
  form.refused_mailbox = body.text("refused_mailbox");
  form.front_ends = body.texts("front_ends").value_or(std::vector<std::string>());
  form.products = body.texts("products").value_or(std::vector<std::string>());
  form.concurrency = static_cast<std::uint32_t>(body.integer("concurrency", 1, 100, form.concurrency));
  form.user_agent = body.text("user_agent");
  form.heartbeat_seconds =
      static_cast<std::uint32_t>(body.integer("heartbeat_seconds", 0, 86'400, form.heartbeat_seconds));
  form.autodiscover = body.text("autodiscover");
  form.proxy.url = body.text("proxy_url");
  const auto sign_in = connections::parse_proxy_sign_in(body.text("proxy_sign_in", "none"));
  if (sign_in) {
    form.proxy.sign_in = *sign_in;
  } else {
    body.add_problem("proxy_sign_in", sign_in.error().message());
  }
  form.proxy.user = body.text("proxy_user");
  form.proxy.trust_pem = body.text("proxy_trust_pem");
  return connections::trimmed(std::move(form));
}

DirectoryForm read_directory_form(Body& body, connections::ReaderSignIn otherwise) {
  DirectoryForm form;
  form.name = body.text("name");
  form.realm = body.text("realm");
  form.domain = body.text("domain");
  form.controllers = body.texts("controllers").value_or(std::vector<std::string>());
  form.base_dn = body.text("base_dn");
  form.trust_pem = body.text("trust_pem");
  form.reader = body.text("reader");
  const auto sign_in = connections::parse_reader_sign_in(body.text("reader_sign_in", connections::name_of(otherwise)));
  if (sign_in) {
    form.reader_sign_in = *sign_in;
  } else {
    body.add_problem("reader_sign_in", sign_in.error().message());
  }
  return connections::trimmed(std::move(form));
}

std::optional<connections::TypedPassword> read_password(Body& body, std::string_view name) {
  auto secret = body.secret(name);
  const bool confirmed = body.flag("password_confirmed", false);
  if (!secret) return std::nullopt;
  return connections::TypedPassword{std::move(*secret), confirmed};
}

std::optional<connections::TypedPassword> read_password_for(Body& body, bool required) {
  return going_where_shown(body, read_password(body), required);
}

std::optional<connections::TypedPassword> read_proxy_password_for(Body& body, bool required) {
  auto secret = body.secret("proxy_password");
  if (!secret) return std::nullopt;
  return going_where_shown(body, connections::TypedPassword{.secret = std::move(*secret)}, required);
}

std::int64_t read_version(Body& body) {
  return body.required_integer("version", 1, std::numeric_limits<std::int64_t>::max());
}

std::expected<std::optional<connections::DirectoryId>, Failure> read_directory(Call& call) {
  const std::string named = call.body.text("directory");
  if (named.empty()) return std::nullopt;
  MW_TRY(const auto directory, call.parts.ledger.find_directory(named));
  return directory.id;
}

std::optional<Failure> finish(Body& body, const ConnectionForm& form) {
  return finish_with(body, connections::check_form(form));
}

std::optional<Failure> finish(Body& body, const DirectoryForm& form) {
  return finish_with(body, connections::check_form(form));
}

}  // namespace mailward::api
