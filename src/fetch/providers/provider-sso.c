/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Exchanges the session of `aws sso login` for the credentials of a role. A service cannot open a
 * browser, but it can renew a session as long as Identity Center allows it, and name the command
 * that opens the next one. The user controls the session's file, the network the replies.
 */

#include "fetch/providers/provider-sso.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timestamp.h"
#include "base/user-name.h"
#include "config/paths.h"
#include "fetch/api/aws-call.h"
#include "fetch/providers/sso-cache.h"
#include "fetch/providers/sso-config.h"
#include "fetch/providers/sso-token-file.h"
#include "http/url-encode.h"

#define RENEW_BEFORE 300 /* seconds; the SDKs' value */

struct sso {
	const struct identity *identity;
	const struct profile *profile;
	struct sso_config config;
	char *path; /* the cached session */
};

static void sso_done(struct sso *sso)
{
	free(sso->path);
}

/* Sets a reason: what happened, and the command that fixes it. */
static int require_login(const struct sso *sso, const char *code, struct reason *ret_reason,
        const char *format, ...) _printf_(4, 5);
static int require_login(
        const struct sso *sso, const char *code, struct reason *ret_reason, const char *format, ...)
{
	bool is_section =
	        sso->profile->name[0] == '['; /* a section of the ini, which `aws` does not know */
	char what[512], option[256] = "", user[64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	if (!is_section)
		snprintf(option, sizeof(option), " --profile %s", sso->profile->name);
	else if (sso->config.session)
		snprintf(option, sizeof(option), " --sso-session %s", sso->config.session);
	return reason_set(ret_reason, EACCES, code,
	        "SSO: %s; run \"aws sso login%s\" as the user %s%s", what, option,
	        user_name(user, sizeof(user)),
	        *option ? "" : " with a profile that has the same sso_start_url");
}

static int find_cache(struct sso *sso, struct reason *ret_reason)
{
	_cleanup_(freep) char *home = paths_home();
	_cleanup_(freep) char *directory = home ? xasprintf("%s/.aws/sso/cache", home) : NULL;

	if (!home)
		return reason_set(ret_reason, ENOENT, "no-home",
		        "SSO: the home directory, which has the session, is unknown; set HOME");
	sso->path = sso_token_file_path(directory, "SHA1",
	        sso->config.session ? sso->config.session : sso->config.start_url);
	if (!sso->path)
		return reason_set(ret_reason, EIO, "no-sha1",
		        "SSO: OpenSSL has no SHA-1, which the name of the session's file needs; "
		        "allow it in openssl.cnf");
	return 0;
}

static int read_session(const struct sso *sso, struct secret *ret_text, struct sso_session *ret,
        struct reason *ret_reason)
{
	int r = sso_token_file_read(sso->path, ret_text);

	if (r == -ENOENT || r == -ENOTDIR)
		return require_login(
		        sso, "sso-no-session", ret_reason, "no session exists (%s)", sso->path);
	if (r < 0)
		return require_login(sso, "sso-unreadable", ret_reason, "%s cannot be read: %s",
		        sso->path, strerror(-r));
	r = sso_cache_parse(secret_string(ret_text), ret_text->size, ret, ret_reason);
	if (r < 0 && ret_reason) {
		struct reason why = *ret_reason;

		require_login(sso, why.code, ret_reason, "%s: %s", sso->path, why.text);
	}
	return r;
}

/* Reports whether Identity Center refused permanently: a retry would not help. */
static bool is_refusal(const struct reason *reason)
{
	static const char *const codes[] = {"InvalidGrantException", "InvalidClientException",
	        "ExpiredTokenException", "UnauthorizedClientException", "UnauthorizedException",
	        "AccessDeniedException", "InvalidRequestException"};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (strcmp(reason->code, codes[i]) == 0)
			return true;
	return false;
}

static int create_token(const struct sso *sso, const struct sso_session *session,
        struct sso_token *ret, struct reason *ret_reason)
{
	_secret_ struct secret body = {};
	_cleanup_(aws_reply_done) struct aws_reply reply = {};
	int r;

	secret_append_string(&body, "{");
	json_append_member(&body, "clientId", secret_string(&session->client_id));
	json_append_member(&body, "clientSecret", secret_string(&session->client_secret));
	json_append_member(&body, "grantType", "refresh_token");
	json_append_member(&body, "refreshToken", secret_string(&session->refresh_token));
	secret_append_string(&body, "}");
	r = aws_call(
	        &(struct aws_call){
	                .identity = sso->identity,
	                .service = SERVICE_SSO_OIDC,
	                .region = sso->config.region,
	                .method = "POST",
	                .path = "/token",
	                .headers = &(struct http_header){"Content-Type", "application/json"},
	                .n_headers = 1,
	                .body = body.data,
	                .body_size = body.size,
	                .permission = "sso-oauth:CreateToken",
	                .deadline = sso->identity->deadline,
	        },
	        &reply, ret_reason);
	if (r < 0)
		return r;
	return sso_parse_token(secret_string(&reply.body), reply.body.size, ret, ret_reason);
}

/* The user logged in during the renewal: takes the new session, if it is still valid. */
static bool use_new_login(const struct sso *sso, struct sso_session *session, int64_t now)
{
	_secret_ struct secret text = {};
	_cleanup_(sso_session_done) struct sso_session other = {};

	if (read_session(sso, &text, &other, NULL) < 0 || other.expires_at <= now)
		return false;
	sso_session_done(session);
	*session = other;
	other = (struct sso_session){};
	return true;
}

/* Called with the lock, whose previous holder may have renewed the session already. */
static int renew_locked(
        const struct sso *sso, int dir_fd, struct sso_session *session, struct reason *ret_reason)
{
	_secret_ struct secret text = {}, fresh = {};
	_cleanup_(sso_token_done) struct sso_token token = {};
	int64_t now = timestamp_now();
	int r;

	sso_session_done(session);
	r = read_session(sso, &text, session, ret_reason);
	if (r < 0 || session->expires_at - now > RENEW_BEFORE)
		return r;
	r = create_token(sso, session, &token, ret_reason);
	if (r == 0) {
		sso_cache_update(text.data, text.size, &token, now, &fresh);
		secret_move(&session->access_token, &token.access_token);
		session->expires_at = now + token.expires_in;
	}
	if (sso_token_file_is_changed(sso->path, &text))
		return use_new_login(sso, session, now) ? 0 : r;
	if (r == 0) /* a session that cannot be saved still serves this run */
		sso_token_file_save(dir_fd, sso->path, &fresh, &session->warning);
	return r;
}

/* Gets a session that is valid now, and renews one that soon expires. */
static int open_session(
        const struct sso *sso, struct sso_session *session, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	_cleanup_(closep) int dir_fd = -1;
	int64_t now = timestamp_now();
	struct reason why = {};
	int r = read_session(sso, &text, session, ret_reason);

	if (r < 0 || session->expires_at - now > RENEW_BEFORE)
		return r;
	/* The legacy form has no refresh token; a file with one is not ours to renew. */
	if (sso->config.session && sso_session_is_renewable(session, now)) {
		dir_fd = sso_token_file_lock(sso->path, sso->identity->deadline, &why);
		r = dir_fd < 0 ? dir_fd : renew_locked(sso, dir_fd, session, &why);
	}
	if (session->expires_at > now)
		return 0; /* renewed, or still valid for a moment */
	if (r == 0)
		return require_login(
		        sso, "sso-expired", ret_reason, "the session has expired (%s)", sso->path);
	if (is_refusal(&why))
		return require_login(sso, "sso-expired", ret_reason,
		        "the session has expired and can no longer be renewed (%s)", why.code);
	return require_login(sso, *why.code ? why.code : "sso-expired", ret_reason,
	        "the session has expired and could not be renewed: %s; if that persists", why.text);
}

/* Sets the reason for a refusal of Identity Center. */
static int fail_with_refusal(const struct sso *sso, int error, struct reason *ret_reason)
{
	struct reason why = *ret_reason;

	if (strcmp(why.code, "UnauthorizedException") == 0 || strcmp(why.code, "HTTP 401") == 0)
		return require_login(sso, why.code, ret_reason,
		        "the session was refused (%s): it has ended or was revoked", why.code);
	if (strcmp(why.code, "ForbiddenException") == 0 ||
	        strcmp(why.code, "ResourceNotFoundException") == 0)
		return reason_set(ret_reason, EACCES, why.code,
		        "SSO: the role %s in account %s is not assigned to the user who logged in "
		        "(%s); correct sso_role_name and sso_account_id, or assign the role in IAM "
		        "Identity Center",
		        sso->config.role_name, sso->config.account_id, why.code);
	return reason_prefix(ret_reason, error, "SSO: ");
}

static int get_role_credentials(const struct sso *sso, const struct sso_session *session,
        struct credentials *ret, struct reason *ret_reason)
{
	_secret_ struct secret query = {};
	_cleanup_(aws_reply_done) struct aws_reply reply = {};
	struct http_header header = {
	        "x-amz-sso_bearer_token", secret_string(&session->access_token)};
	int r;

	url_append_parameter(&query, "role_name", sso->config.role_name);
	url_append_parameter(&query, "account_id", sso->config.account_id);
	r = aws_call(
	        &(struct aws_call){
	                .identity = sso->identity,
	                .service = SERVICE_SSO,
	                .region = sso->config.region,
	                .method = "GET",
	                .path = "/federation/credentials",
	                .query = query.data,
	                .headers = &header,
	                .n_headers = 1,
	                .permission = "sso:GetRoleCredentials",
	                .deadline = sso->identity->deadline,
	        },
	        &reply, ret_reason);
	if (r < 0)
		return fail_with_refusal(sso, r, ret_reason);
	r = sso_parse_role_credentials(
	        secret_string(&reply.body), reply.body.size, ret, ret_reason);
	if (r < 0)
		return reason_prefix(ret_reason, r, "SSO: ");
	ret->account_id = xstrdup(sso->config.account_id);
	return 1;
}

int provider_sso(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	_cleanup_(sso_done) struct sso sso = {.identity = identity, .profile = profile};
	_cleanup_(sso_session_done) struct sso_session session = {};
	int r;

	if (!profile) {
		reason_set(ret_reason, ENOENT, "not-set", "SSO: no profile");
		return 0;
	}
	r = sso_config_read(&identity->profiles, profile, &sso.config, ret_reason);
	if (r <= 0)
		return r;
	r = find_cache(&sso, ret_reason);
	if (r == 0)
		r = open_session(&sso, &session, ret_reason);
	if (r == 0)
		r = get_role_credentials(&sso, &session, ret, ret_reason);
	if (r == 1)
		ret->warning = session.warning;
	return r;
}
