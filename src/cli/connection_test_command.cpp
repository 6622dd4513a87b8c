#include <algorithm>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/connection_form.h"
#include "cli/destinations.h"
#include "cli/interruption.h"
#include "cli/sending.h"
#include "cli/test_report.h"
#include "cli/trust_offer.h"

namespace mailward::cli {

namespace {

/// A test ends within a minute; the rest is for a service with many of them waiting.
constexpr std::chrono::minutes kPatience{5};

struct TestOptions {
  std::string named;
  bool unsaved = false;
  bool try_again = false;
  bool deep = false;
  bool verbose = false;
  std::string save_issuer;  ///< a file; empty: not wanted
  std::string directory;
  ConnectionOptions form;
  PasswordOptions passwords;
};

bool wants_confirmation(const Json& run) {
  const auto result = run.find("result");
  return result != run.end() && result->is_object() && shown(*result, "verdict") == "password_suspicious";
}

/// Follows the run to its end and tells of it.
Result<Json> watch(Context& context, TestReport& report, const Json& started, const std::stop_token& stop) {
  const std::string run = shown(started, "id");
  const auto on_event = [&](const Json& event) {
    if (!context.json) report.take(event);
  };
  MW_CHECK(context.service.follow(run, on_event, Deadline::after(kPatience), stop));
  return context.service.call("GET", "/runs/" + segment(run));
}

/// After Ctrl-C: the run does not go on unwatched.
ExitCode give_up(Context& context, TestReport& report, const std::string& run) {
  report.clear_line();
  const auto asked = context.service.call("POST", "/runs/" + segment(run) + "/cancel");
  if (!asked) {
    context.report(asked.error());
    print_error("mailward: interrupted; the test may still go on (mailward run show " + run + ")\n");
  } else {
    print_error("mailward: interrupted; the test was asked to end (mailward run show " + run + ")\n");
  }
  return ExitCode::interrupted;
}

/// What is to be posted where: a stored connection as it stands, or a form, which may edit a stored one.
struct Post {
  std::string path;
  Json body;
  Json stands;  ///< the stored connection that a form edits, or null
};

Result<Post> compose(Context& context, const TestOptions& options) {
  if (!options.unsaved) {
    Json body{{"try_again", options.try_again}, {"deep", options.deep}};
    if (options.form.mailbox_check) body["mailbox_check"] = *options.form.mailbox_check;
    return Post{"/connections/" + segment(options.named) + "/test", body, nullptr};
  }
  Json form = Json::object();
  Json stands;
  if (!options.named.empty()) {
    MW_TRY(stands, context.service.call("GET", "/connections/" + segment(options.named)));
    form = form_of(stands);
    form["connection"] = stands.at("id");
  }
  MW_CHECK(fill_in(form, options.form));
  if (!options.directory.empty()) form["directory"] = options.directory;
  form["try_again"] = options.try_again;
  form["deep"] = options.deep;
  return Post{"/connection-tests", form, stands};
}

/// What the test offers to trust: told, unless the output is data, and saved where that was asked for.
Status deal_with_offers(const Context& context, const TestOptions& options, const Json& run) {
  const auto offers = offers_of(run);
  if (!context.json) tell_of_offers(offers, options.save_issuer);
  if (options.save_issuer.empty()) return {};
  if (offers.empty()) {
    print_error("mailward: the test offers no certificate to trust; nothing was written\n");
    return {};
  }
  return save_offers(offers, options.save_issuer);
}

ExitCode test(Context& context, TestOptions options) {
  const auto post = compose(context, options);
  if (!post) return context.report(post.error());
  const bool asks = options.unsaved && options.named.empty() && !options.passwords.source.given() &&
                    !options.passwords.none && person_present();
  options.passwords.source.prompt = options.passwords.source.prompt || asks;
  Json body = post->body;
  std::string question;
  if (options.unsaved && (options.passwords.source.given() || options.passwords.proxy.given())) {
    auto agreed = agree_on_form(context, body, post->stands, options.passwords);
    if (!agreed) return context.report(agreed.error());
    question = *std::move(agreed);
  }
  auto password = read_password(options.passwords.source, question);
  if (!password) return context.report(password.error());
  if (*password) body["password_confirmed"] = options.passwords.as_is;
  const auto proxy = read_password(options.passwords.proxy, "Password for the proxy " + shown(body, "proxy_url"));
  if (!proxy) return context.report(proxy.error());
  while (true) {
    TestReport report(context.terminal, options.verbose);
    // From before the run is there until it has ended: no moment in which Ctrl-C would leave it behind.
    std::optional<Interruption> interruption(std::in_place);
    const auto started = context.service.call(
        "POST", post->path, body,
        {{"password", *password ? &**password : nullptr}, {"proxy_password", *proxy ? &**proxy : nullptr}});
    if (!started) return context.report(started.error());
    const auto run = watch(context, report, *started, interruption->token());
    interruption.reset();
    if (!run && run.error().is(BaseError::cancelled)) return give_up(context, report, shown(*started, "id"));
    if (!run) return context.report(run.error());
    if (context.json) context.show(*run, {});
    const ExitCode code = context.json ? TestReport::exit_code_of(*run) : report.conclude(*run);
    if (auto dealt = deal_with_offers(context, options, *run); !dealt) return context.report(dealt.error());
    if (context.json) return code;
    const bool ask = *password && wants_confirmation(*run) && !options.passwords.as_is && person_present();
    if (!ask || !confirm("Is the password meant so?")) return code;
    body["password_confirmed"] = true;
    options.passwords.as_is = true;
  }
}

}  // namespace

void add_connection_test_command(CLI::App& connection, Chosen& chosen) {
  const auto options = std::make_shared<TestOptions>();
  CLI::App* command =
      connection.add_subcommand("test", "Test it step by step; sends nothing, and reads only unless --deep is said")
          ->fallthrough();
  command->footer(
      "Exit codes: 0 healthy, 3 not healthy, 4 degraded, 1 no verdict.\n"
      "Examples:\n"
      "  mailward connection test 'Head office' --mailbox-check usera@example.test\n"
      "  mailward connection test 'Head office' --deep                        (also makes, moves and removes one "
      "item)\n"
      "  mailward connection test 'Head office' --save-issuer issuer.pem      (where it is not trusted; compare it "
      "first)\n"
      "  mailward connection test --unsaved --ews-url https://mail.example.test/EWS/Exchange.asmx\n"
      "      --master-mailbox svc@example.test --mailbox-check usera@example.test --password-file FILE\n"
      "  mailward connection test 'Head office' --unsaved --ask-password      (a new password, before it is saved)");
  command->add_option("connection", options->named, "Its id, or its description");
  command->add_flag("--unsaved", options->unsaved,
                    "Test a form that is not saved: the options, over the stored connection if one is named");
  command->add_flag("--try-again", options->try_again, "Try a password once more that is remembered as refused");
  command->add_flag("--deep", options->deep,
                    "Also make, move and remove one marked item in hidden folders of the mailbox check");
  command
      ->add_option(
          "--save-issuer", options->save_issuer,
          "Where the certificate is not trusted: write the issuer's, as the server sent it, into this new file")
      ->type_name("FILE");
  command->add_flag("--verbose", options->verbose, "On a terminal: all evidence, also of what went well");
  command->add_option("--directory", options->directory, "With --unsaved: the service account's directory");
  const std::shared_ptr<ConnectionOptions> form(options, &options->form);
  add_connection_options(*command, form);
  add_password_options(*command, std::shared_ptr<PasswordOptions>(options, &options->passwords), "the master mailbox");
  add_proxy_password_options(*command, std::shared_ptr<PasswordOptions>(options, &options->passwords));
  add_destination_option(*command, std::shared_ptr<PasswordOptions>(options, &options->passwords));
  command->callback([&chosen, command, options] {
    if (options->named.empty() && !options->unsaved) {
      throw CLI::ValidationError("connection", "name the connection, or test a form with --unsaved");
    }
    if (!options->unsaved) {
      for (const CLI::Option* given : command->parse_order()) {
        const std::string name = given->get_name();
        static constexpr std::string_view kOfTheTest[] = {"connection", "--mailbox-check", "--try-again",
                                                          "--deep",     "--save-issuer",   "--verbose"};
        if (std::ranges::find(kOfTheTest, name) != std::end(kOfTheTest)) continue;
        throw CLI::ValidationError(name, "changes what is tested: say --unsaved with it, or save it first (edit)");
      }
    }
    chosen.action = [options](Context& context) { return test(context, *options); };
  });
}

}  // namespace mailward::cli
