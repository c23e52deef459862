/* SPDX-License-Identifier: Apache-2.0 */

/*
 * After a sign-in to the console, the AWS CLI caches credentials that last a quarter of an hour,
 * with a token for the next ones that is bound to a key (DPoP). The user controls the cache, the
 * network the reply.
 */

#include "fetch/providers/provider-login.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "aws/profile.h"
#include "base/alloc.h"
#include "base/environment.h"
#include "base/timestamp.h"
#include "base/user-name.h"
#include "config/paths.h"
#include "fetch/api/aws-call.h"
#include "fetch/api/dpop.h"
#include "fetch/api/identity-endpoint.h"
#include "fetch/providers/login-cache.h"
#include "fetch/providers/sso-token-file.h"

#define RENEW_BEFORE 300 /* seconds; the SDKs' value */
#define TOKEN_PATH "/v1/token"

struct login {
	const struct identity *identity;
	const struct profile *profile;
	const char *session; /* the ARN that signed in */
	char *path;          /* the cache */
};

static void login_done(struct login *login)
{
	free(login->path);
}

/* Sets a reason: what happened, and the command that fixes it. */
static int require_login(const struct login *login, const char *code, struct reason *ret_reason,
        const char *format, ...) _printf_(4, 5);
static int require_login(const struct login *login, const char *code, struct reason *ret_reason,
        const char *format, ...)
{
	bool is_section = login->profile->name[0] == '['; /* a section of the ini */
	char what[512], option[256] = "", user[64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	if (!is_section)
		snprintf(option, sizeof(option), " --profile %s", login->profile->name);
	return reason_set(ret_reason, EACCES, code, "login: %s; run \"aws login%s\" as the user %s",
	        what, option, user_name(user, sizeof(user)));
}

/* Returns $AWS_LOGIN_CACHE_DIRECTORY, which may begin with "~/", or the CLI's default. */
static char *cache_directory(void)
{
	const char *named = environment_get("AWS_LOGIN_CACHE_DIRECTORY");
	_cleanup_(freep) char *home = NULL;

	if (named && strncmp(named, "~/", 2) != 0)
		return xstrdup(named);
	home = paths_home();
	if (!home)
		return NULL;
	return named ? xasprintf("%s/%s", home, named + 2) : xasprintf("%s/.aws/login/cache", home);
}

static int find_cache(struct login *login, struct reason *ret_reason)
{
	_cleanup_(freep) char *directory = cache_directory();

	if (!directory)
		return reason_set(ret_reason, ENOENT, "no-home",
		        "login: the home directory, which has the session, is unknown; set HOME");
	login->path = sso_token_file_path(directory, "SHA256", login->session);
	return login->path ? 0
	                   : reason_set(ret_reason, EIO, "no-sha256",
	                             "login: OpenSSL has no SHA-256, which the name of the "
	                             "session's file needs; allow it in openssl.cnf");
}

static int read_session(const struct login *login, struct secret *ret_text,
        struct login_session *ret, struct reason *ret_reason)
{
	struct reason why = {};
	int r = sso_token_file_read(login->path, ret_text);

	if (r == -ENOENT || r == -ENOTDIR)
		return require_login(login, "login-no-session", ret_reason, "no session of %s (%s)",
		        login->session, login->path);
	if (r < 0)
		return require_login(login, "login-unreadable", ret_reason, "%s cannot be read: %s",
		        login->path, strerror(-r));
	r = login_cache_parse(secret_string(ret_text), ret_text->size, ret, &why);
	if (r < 0)
		return require_login(login, why.code, ret_reason, "%s: %s", login->path, why.text);
	return 0;
}

/* Returns the region to sign in at, which `aws login` writes into the profile. */
static const char *find_region(const struct login *login)
{
	const char *region = identity_region(login->identity);

	return region ? region : profile_string(login->profile, "region");
}

/* Writes the URL of the request, which the proof must contain. */
static int find_url(const struct login *login, const char *region,
        char ret[static ENDPOINT_URL_MAX_SIZE + sizeof(TOKEN_PATH)], struct reason *ret_reason)
{
	_cleanup_(identity_endpoint_done) struct identity_endpoint configured = {};
	struct endpoint endpoint = {};
	const char *url = configured.url;
	size_t n;
	int r = identity_endpoint(
	        login->identity, SERVICE_SIGNIN, false, false, &configured, ret_reason);

	if (r == 0 && !*url) {
		r = endpoint_resolve(SERVICE_SIGNIN, NULL, region, configured.fips,
		        configured.dualstack, &endpoint, ret_reason);
		url = endpoint.url;
	}
	if (r < 0)
		return r;
	for (n = strlen(url); n > 0 && url[n - 1] == '/';)
		n--;
	snprintf(
	        ret, ENDPOINT_URL_MAX_SIZE + sizeof(TOKEN_PATH), "%.*s%s", (int)n, url, TOKEN_PATH);
	return 0;
}

static void append_body(struct secret *body, const struct login_session *session)
{
	secret_append_string(body, "{");
	json_append_member(body, "clientId", secret_string(&session->client_id));
	json_append_member(body, "grantType", "refresh_token");
	json_append_member(body, "refreshToken", secret_string(&session->refresh_token));
	secret_append_string(body, "}");
}

static int send(const struct login *login, const char *region, const struct secret *proof,
        const struct secret *body, struct aws_reply *ret, struct reason *ret_reason)
{
	const struct http_header headers[] = {
	        {"Content-Type", "application/json"},
	        {"DPoP", secret_string(proof)},
	};

	return aws_call(
	        &(struct aws_call){
	                .identity = login->identity,
	                .service = SERVICE_SIGNIN,
	                .region = region,
	                .method = "POST",
	                .path = TOKEN_PATH,
	                .headers = headers,
	                .n_headers = ARRAY_SIZE(headers),
	                .body = body->data,
	                .body_size = body->size,
	                .permission = "signin:CreateOAuth2Token",
	                .deadline = login->identity->deadline,
	        },
	        ret, ret_reason);
}

/* A refusal needs a new login; any other failure may be temporary. */
static int fail_to_renew(
        const struct login *login, int error, const struct reason *why, struct reason *ret_reason)
{
	if (strcmp(why->code, "AccessDeniedException") == 0)
		return require_login(login, "login-refused", ret_reason,
		        "AWS no longer renews the session of %s: it has ended, the password has "
		        "changed, or signin:CreateOAuth2Token is not allowed",
		        login->session);
	if (strcmp(why->code, "ValidationException") == 0)
		return require_login(login, "login-refused", ret_reason,
		        "AWS rejects %s as malformed, or this machine's clock is wrong",
		        login->path);
	*ret_reason = *why;
	return reason_prefix(ret_reason, error, "login: the session could not be renewed: ");
}

static int create_token(const struct login *login, const struct login_session *session, int64_t now,
        struct login_token *ret, struct reason *ret_reason)
{
	_secret_ struct secret proof = {}, body = {};
	_cleanup_(aws_reply_done) struct aws_reply reply = {};
	char url[ENDPOINT_URL_MAX_SIZE + sizeof(TOKEN_PATH)];
	const char *region = find_region(login);
	struct reason why = {};
	int r;

	if (!region)
		return reason_set(ret_reason, EINVAL, "no-region",
		        "login: renewing the session needs a region; set region in the profile, or "
		        "AWS_REGION");
	r = find_url(login, region, url, ret_reason);
	if (r < 0)
		return r;
	if (dpop_proof(&session->dpop_key, url, now, &proof, &why) < 0)
		return require_login(login, why.code, ret_reason, "%s: %s", login->path, why.text);
	append_body(&body, session);
	r = send(login, region, &proof, &body, &reply, &why);
	if (r == 0)
		r = login_parse_token(secret_string(&reply.body), reply.body.size, now, ret, &why);
	return r < 0 ? fail_to_renew(login, r, &why, ret_reason) : 0;
}

static void move_credentials(struct credentials *ret, struct credentials *from)
{
	*ret = *from;
	*from = (struct credentials){};
}

/* The user logged in during the renewal: takes the new session, if it is still valid. */
static bool use_new_login(const struct login *login, struct login_session *session, int64_t now)
{
	_secret_ struct secret text = {};
	_cleanup_(login_session_done) struct login_session other = {};

	if (read_session(login, &text, &other, NULL) < 0 || other.credentials.expires_at <= now)
		return false;
	login_session_done(session);
	*session = other;
	other = (struct login_session){};
	return true;
}

static void use_token(struct login_session *session, struct login_token *token)
{
	if (session->credentials.account_id) {
		free(token->credentials.account_id);
		token->credentials.account_id = TAKE_PTR(session->credentials.account_id);
	}
	credentials_done(&session->credentials);
	move_credentials(&session->credentials, &token->credentials);
}

/* Called with the lock, whose previous holder may have renewed the session already. */
static int renew_locked(const struct login *login, int dir_fd, struct login_session *session,
        struct reason *ret_reason)
{
	_secret_ struct secret text = {}, fresh = {};
	_cleanup_(login_token_done) struct login_token token = {};
	int64_t now = timestamp_now();
	int r;

	login_session_done(session);
	r = read_session(login, &text, session, ret_reason);
	if (r < 0 || session->credentials.expires_at - now > RENEW_BEFORE)
		return r;
	r = create_token(login, session, now, &token, ret_reason);
	if (r == 0) {
		login_cache_update(text.data, text.size, &token, &fresh);
		use_token(session, &token);
	}
	if (sso_token_file_is_changed(login->path, &text))
		return use_new_login(login, session, now) ? 0 : r;
	if (r == 0) /* a session that cannot be saved still serves this run */
		sso_token_file_save(dir_fd, login->path, &fresh, &session->credentials.warning);
	return r;
}

/* Gets credentials that are valid now, and renews those that soon expire. */
static int open_session(
        const struct login *login, struct login_session *session, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	_cleanup_(closep) int dir_fd = -1;
	int64_t now = timestamp_now();
	struct reason why = {};
	int r = read_session(login, &text, session, ret_reason);

	if (r < 0 || session->credentials.expires_at - now > RENEW_BEFORE)
		return r;
	dir_fd = sso_token_file_lock(login->path, login->identity->deadline, &why);
	r = dir_fd < 0 ? dir_fd : renew_locked(login, dir_fd, session, &why);
	if (r == 0 || session->credentials.expires_at > now)
		return 0; /* renewed, or still valid for a moment */
	*ret_reason = why;
	return r;
}

int provider_login(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	_cleanup_(login_done) struct login login = {.identity = identity,
	        .profile = profile,
	        .session = profile ? profile_string(profile, "login_session") : NULL};
	_cleanup_(login_session_done) struct login_session session = {};
	int r;

	if (!login.session) {
		reason_set(
		        ret_reason, ENOENT, "not-set", "login: the profile has no login_session");
		return 0;
	}
	r = find_cache(&login, ret_reason);
	if (r == 0)
		r = open_session(&login, &session, ret_reason);
	if (r < 0)
		return r;
	move_credentials(ret, &session.credentials);
	return 1;
}
