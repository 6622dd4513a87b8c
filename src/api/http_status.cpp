#include <array>

#include "access/error.h"
#include "api/error.h"
#include "audit/trail.h"
#include "connections/error.h"
#include "db/error.h"
#include "notify/error.h"
#include "renewal/measure_error.h"
#include "renewal/renewal_error.h"
#include "secrets/error.h"
#include "work/error.h"

namespace mailward::api {

namespace {

struct Line {
  std::string_view subject;
  std::string_view name;
  int status;
};

template <ErrorEnum E>
Line line(E code, int status) {
  return {error_subject(code), error_name(code), status};
}

}  // namespace

int http_status_of(const Error& error) {
  using access::AccessError;
  using audit::AuditError;
  using connections::ConnectionsError;
  using db::DbError;
  using notify::NotifyError;
  using renewal::MeasureError;
  using renewal::RenewalError;
  using work::WorkError;
  static const std::array kLines{
      line(ApiError::not_admitted, 403),
      line(ApiError::wrong_host, 421),
      line(ApiError::cross_site, 403),
      line(ApiError::csrf, 403),
      line(ApiError::forbidden, 403),
      line(ApiError::confirm_sign_in, 403),
      line(ApiError::person_needed, 403),
      line(ApiError::no_such_resource, 404),
      line(ApiError::method_not_allowed, 405),
      line(ApiError::unsupported_media_type, 415),
      line(ApiError::malformed_body, 400),
      line(ApiError::invalid_request, 422),
      line(ApiError::too_large, 413),
      line(ApiError::overloaded, 503),
      line(AccessError::unknown_user, 404),
      line(AccessError::unknown_role, 404),
      line(AccessError::unknown_session, 404),
      line(AccessError::unknown_token, 404),
      line(AccessError::invalid_form, 422),
      line(AccessError::already_exists, 409),
      line(AccessError::version_changed, 409),
      line(AccessError::last_administrator, 409),
      line(AccessError::weak_password, 422),
      line(AccessError::sign_in_refused, 401),
      line(AccessError::code_required, 401),
      line(AccessError::throttled, 429),
      line(AccessError::busy, 429),
      line(AccessError::not_signed_in, 401),
      line(AccessError::invitation_void, 404),
      line(AccessError::wrong_code, 422),
      line(AccessError::no_totp, 409),
      line(AccessError::totp_enforced, 409),
      line(ConnectionsError::unknown_connection, 404),
      line(ConnectionsError::unknown_account, 404),
      line(ConnectionsError::unknown_directory, 404),
      line(ConnectionsError::unknown_rotation, 404),
      line(ConnectionsError::cannot_rotate, 409),
      line(ConnectionsError::external_source, 422),
      line(ConnectionsError::proxy_refused, 422),
      line(ConnectionsError::proxy_in_doubt, 422),
      line(ConnectionsError::illegal_transition, 409),
      line(ConnectionsError::invalid_form, 422),
      line(ConnectionsError::version_conflict, 409),
      line(ConnectionsError::already_exists, 409),
      line(ConnectionsError::in_use, 409),
      line(ConnectionsError::account_busy, 409),
      line(ConnectionsError::account_parked, 409),
      line(ConnectionsError::destination_changed, 409),
      line(ConnectionsError::account_disabled, 409),
      line(ConnectionsError::connection_disabled, 409),
      line(ConnectionsError::no_password, 409),
      line(ConnectionsError::password_must_be_typed, 422),
      line(ConnectionsError::suspicious_password, 422),
      line(secrets::SecretsError::unknown_secret, 409),
      line(NotifyError::unknown_channel, 404),
      line(NotifyError::unknown_subscription, 404),
      line(NotifyError::unknown_notice, 404),
      line(NotifyError::invalid_form, 422),
      line(NotifyError::version_conflict, 409),
      line(NotifyError::already_exists, 409),
      line(NotifyError::password_must_be_typed, 422),
      line(NotifyError::channel_busy, 409),
      line(NotifyError::wrong_code, 422),
      line(NotifyError::too_many_codes, 429),
      line(NotifyError::code_not_sent, 409),
      line(RenewalError::unknown_renewal, 404),
      line(RenewalError::invalid_form, 422),
      line(RenewalError::already_open, 409),
      line(RenewalError::nothing_to_renew, 409),
      line(RenewalError::illegal_transition, 409),
      line(RenewalError::approval_needed, 409),
      line(RenewalError::approval_void, 409),
      line(RenewalError::not_the_approver, 403),
      line(AuditError::busy, 409),
      line(AuditError::bad_anchor, 422),
      line(MeasureError::unknown_measure, 404),
      line(MeasureError::nothing_to_accept, 409),
      line(MeasureError::invalid_acceptance, 422),
      line(MeasureError::not_accepted, 404),
      line(WorkError::unknown_run, 404),
      line(WorkError::unknown_step, 404),
      line(WorkError::illegal_transition, 409),
      line(WorkError::lease_taken, 409),
      line(DbError::retry, 503),
      line(DbError::timed_out, 503),
      line(DbError::cancelled, 503),
      line(DbError::cannot_connect, 503),
      line(DbError::connection_lost, 503),
      line(DbError::lock_lost, 503),
      line(DbError::disk_full, 507),
      line(DbError::read_only, 503),
      line(BaseError::invalid_argument, 422),
      line(BaseError::malformed, 400),
      line(BaseError::not_found, 404),
      line(BaseError::limit_exceeded, 413),
      line(BaseError::refused_destination, 422),
      line(BaseError::timed_out, 503),
      line(BaseError::cancelled, 503),
      line(BaseError::pool_full, 503),
  };
  for (const Line& known : kLines) {
    if (known.subject == error.subject() && known.name == error.name()) return known.status;
  }
  return 500;
}

}  // namespace mailward::api
