#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/net.h"
#include "base/tls.h"
#include "connections/account_hold.h"
#include "connections/ledger.h"
#include "connections/proxy_way.h"
#include "connections/reader_door.h"
#include "connections/refusal_memory.h"
#include "connections/test_steps.h"
#include "directory/directory.h"
#include "ews/session.h"
#include "ews/soap.h"
#include "kerberos/tickets.h"

namespace mailward::connections {

/// What a test needs of the program, the same for all tests.
struct CourseParts {
  Ledger& ledger;
  RefusalMemory& refusals;
  ProxyDoor& proxies;
  ews::Transport& transport;
  const Resolver& resolver;
  const DestinationPolicy& destinations;
  const Clock& clock;
  AccountHold& hold;
  const work::Runs& runs;
};

/// What is tested: the form as it stands, and the password that it signs in with.
struct CourseInput {
  ConnectionForm form;  ///< checked and trimmed; with the mailbox check to use
  std::string account;  ///< normalised name
  std::string destination;
  std::optional<DirectoryRecord> directory;
  OpenedReader reader;  ///< of that directory
  std::optional<SecretString> password;
  std::optional<CredentialVersion> version;  ///< where the password is a stored one
  std::optional<Finding> no_password;        ///< why there is none
  std::optional<SecretString> proxy_password;
  std::optional<Error> no_proxy_password;  ///< why there is none, where the proxy wants one
  bool password_confirmed = false;
  bool try_again = false;
  bool deep = false;  ///< the deep test was asked for
  /// By the heartbeat: what a server writes into its log as a refused sign-in is then left out.
  bool by_schedule = false;
  std::string request_id;
};

/// One address that is tested: of the EWS host, or of a front end.
struct Target {
  std::string label;  ///< "10.0.0.11", shown as front_end in the evidence
  SocketAddress address;
  bool of_url = true;                          ///< of the EWS URL's name, which clients use
  bool own = false;                            ///< a front end's own address, of the form
  std::optional<CertificateInfo> certificate;  ///< that it showed
  /// How its certificate differs from those of the front ends' own addresses; empty where it does not.
  std::string opened_before;
  std::unique_ptr<ews::Session> session;
  bool out_of_service = false;     ///< by its health check
  std::optional<Finding> trouble;  ///< what ended the tests of this address
  ews::Offer offer;
  std::optional<ews::Scheme> scheme;  ///< tried last
};

/// What the directory knows of the account before a sign-in.
struct LockoutReading {
  std::optional<directory::Account> account;
  std::optional<directory::LockoutPolicy> policy;
  std::vector<directory::SignInCounters> counters;
  std::optional<Timestamp> pwd_last_set;  ///< the newest of all controllers
  std::optional<int> tries_left;  ///< before the account is locked, at the worst controller; after the try, if any
};

/// The state of a test under way, which its parts read and add to.
struct Course {
  const CourseParts& parts;
  const CourseInput& input;
  StepLog& steps;
  Deadline deadline;
  std::stop_token stop;

  EwsUrl url;
  CertificateTrust trust = CertificateTrust::system();
  ProxyWay way;
  std::vector<Target> targets;
  std::vector<Finding> findings;
  std::string server;  ///< X-FEServer of the answer seen last

  std::shared_ptr<const directory::Directory> directory;
  LockoutReading reading;
  std::shared_ptr<kerberos::Tickets> tickets;
  std::optional<kerberos::ServiceTicket> service_ticket;
  bool password_right = false;          ///< the KDC took it
  bool password_judged = false;         ///< nothing about it is open any more
  bool password_refused = false;        ///< and it was this password that was refused, which is remembered
  bool refusal_explained = false;       ///< why Exchange refuses a right password was looked into
  bool interception_suspected = false;  ///< a sign-in was refused where another certificate than the front ends' shows
  std::optional<ews::Scheme> scheme;    ///< signed in with
  ews::ServerVersion version;
  std::optional<Finding> no_kerberos;  ///< why Kerberos does not serve, though it is allowed and its realm known

  /// A finding with its class's title or `sentence`, and the remedy filled in.
  Finding finding(FailureClass failure, std::string sentence = {}) const;
  Finding finding(FailureClass failure, std::string sentence, Weight weight) const;
  // The record of the try (RefusalMemory), under the account's name and, where the directory told it, its SID: two
  // names of one account share what was refused.
  Result<std::optional<TriedPassword>> recall() const;
  Status begin_try();
  /// The password is right: nothing is remembered of it.
  void take_password();
  void forget_try();
  void keep_refusal(FailureClass failure);
  void note(Finding found) { findings.push_back(std::move(found)); }
  /// The targets that nothing stopped yet.
  std::vector<Target*> sound_targets();
  Deadline step_deadline(std::chrono::seconds most = std::chrono::seconds(15)) const {
    return deadline.earlier_of(Deadline::after(most, parts.clock));
  }
  bool stopped() const { return stop.stop_requested() || deadline.expired(parts.clock); }
};

/// What a finished test says.
struct CourseResult {
  FailureClass failure = FailureClass::none;
  ConnectionState state = ConnectionState::healthy;
  std::string sentence;
  std::string remedy;
  std::string json;               ///< the run's result
  bool password_right = false;    ///< accepted by the KDC or by Exchange
  bool password_refused = false;  ///< judged and refused: its sign-in door closes
  std::string sid;                ///< as the directory gave them
  std::string resolved;
  std::optional<Timestamp> pwd_last_set;       ///< as the directory showed it before the sign-in
  std::optional<Timestamp> password_expires;   ///< likewise; nothing: never
  std::optional<Timestamp> certificate_until;  ///< the first of the servers' certificates to expire
};

// The parts, in the order of the test. Each writes its steps and adds findings; false ends the test.

/// proxy, where the form names one (course_proxy.cpp): found, its password not refused before.
bool find_way(Course& course);
/// What a failure of the proxy's is.
Finding proxy_finding(Course& course, const ews::Failure& failure);
/// name_resolution, then for each address tcp, tls, health_check; certificates (course_reach.cpp).
bool reach(Course& course);
/// http_endpoint and authentication_schemes for each address (course_endpoint.cpp).
bool find_endpoint(Course& course);
/// account: the directory's state of the account and how many tries are left; whether the password may be tried at all
/// (course_account.cpp).
bool examine_account(Course& course);
/// What it means that the password is refused: one that served before, and that somebody has set anew since, or a wrong
/// one.
FailureClass class_of_refused(const Course& course);
/// service_ticket: the password at the KDC, and the ticket for the EWS host (course_tickets.cpp).
bool get_tickets(Course& course);
/// sign_in at the first sound address, then at the others (course_sign_in.cpp).
bool sign_in(Course& course);
/// autodiscover, where the form names an address for it and a person asked for the test: whether it leads to the same
/// place (course_autodiscover.cpp).
void look_by_autodiscover(Course& course);
/// extended_protection, at the first address that took a Kerberos ticket: whether a ticket bound to another channel is
/// refused. It is the ticket that is shown, and no password (course_protection.cpp).
void examine_protection(Course& course);
/// server_version, clock_skew, own_mailbox, impersonation, scope, products (course_mailboxes.cpp).
void examine_mailboxes(Course& course);
/// deep_create_folder, deep_create_item, deep_move_item, deep_delete_item, deep_delete_folder, in the mailbox of the
/// mailbox check by this address, which may impersonate it (course_deep.cpp). The only part that writes: in hidden
/// folders of its own, which it removes whatever happened, and with them those that a killed process left.
void test_deep(Course& course, Target& target);

// Whether something opens TLS before the front ends (course_certificates.cpp).

/// certificates: those of the EWS URL's addresses beside those of the front ends' own. A difference is a note.
void compare_certificates(Course& course);
/// After a refusal at `target`: whether that difference may be why.
void suspect_interception(Course& course, const Target& target, ews::Scheme scheme);
/// After all sign-ins: a refusal of the right password is the difference's where a front end's own address takes it.
void blame_interception(Course& course);

/// All of it, and the verdict (course.cpp).
CourseResult run_course(const CourseParts& parts, const CourseInput& input, StepLog& steps, Deadline deadline,
                        std::stop_token stop);

/// The result of a test that could not begin or be kept.
CourseResult plain_result(FailureClass failure, std::string sentence);

/// What an EWS failure outside signing in means (failure_of_call.cpp).
Finding finding_of(const Course& course, const Target& target, const ews::Failure& failure);
/// The facts of a call that every step shows.
void add_call_facts(Facts& facts, const ews::Evidence& evidence);
/// What Exchange said, as facts.
void add_said(Facts& facts, const ews::Failure& failure);

}  // namespace mailward::connections
