/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokens.json. The unprivileged fetcher controls it, and a privileged reader parses it: json-c
 * checks the syntax, and this file every value before it can reach a file or a message.
 */
#include "state/tokens.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "state/state-file.h"
#include "state/written.h"

#define MAX_TOKENS 10000
#define FORMAT_VERSION 1
#define NAME_MAX_SIZE 256
#define SOURCE_MAX_SIZE 512 /* of an access key ID, and of a provider's name */
#define SETTINGS_MAX_SIZE 65536

static int bad(struct reason *ret_reason, const char *what)
{
	return reason_set(ret_reason, EBADMSG, "bad-state",
	        "%s is not in the format of ecr-fetch (%s); remove it and run ecr-refresher "
	        "refresh",
	        TOKENS_FILE, what);
}

static bool is_printable(const char *s, size_t max)
{
	size_t size = strlen(s);

	return size <= max && !text_has_control(s, size);
}

static bool is_base64(const char *s)
{
	return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")] ==
	       '\0';
}

/* Reads an optional string member: 0 and NULL if it is absent, -EBADMSG if it is not a string. */
static int read_string(struct json_object *o, const char *key, size_t max, char **ret)
{
	const char *s;

	if (!json_object_object_get_ex(o, key, NULL))
		return 0;
	s = json_member_string(o, key);
	if (!s || !is_printable(s, max))
		return -EBADMSG;
	*ret = xstrdup(s);
	return 0;
}

static int read_time(struct json_object *o, const char *key, int64_t *ret)
{
	const char *s;

	if (!json_object_object_get_ex(o, key, NULL))
		return 0;
	s = json_member_string(o, key);
	return s && timestamp_parse(s, ret) == 0 ? 0 : -EBADMSG;
}

static int read_place(struct json_object *o, struct token *t)
{
	const char *service = json_member_string(o, "service");
	const char *partition = json_member_string(o, "partition");
	const char *region = json_member_string(o, "region");

	if (service && strcmp(service, aws_service_name(SERVICE_ECR)) == 0)
		t->service = SERVICE_ECR;
	else if (service && strcmp(service, aws_service_name(SERVICE_ECR_PUBLIC)) == 0)
		t->service = SERVICE_ECR_PUBLIC;
	else
		return -EBADMSG;
	if (!json_object_object_get_ex(o, "partition", NULL) &&
	        !json_object_object_get_ex(o, "region", NULL))
		return 0;
	if (!partition || !region || !region_is_valid(region))
		return -EBADMSG;
	t->partition = partition_by_name(partition);
	strcpy(t->region, region); /* of a valid one's size */
	return t->partition ? 0 : -EBADMSG;
}

static int read_authorization(struct json_object *o, struct token *t)
{
	struct json_object *jitter = json_member(o, "jitter", json_type_int);
	const char *authorization = json_member_string(o, "authorization");
	const char *auto_host = json_member_string(o, "auto_host");
	struct registry_host host;
	int64_t fetched_at = 0, expires_at = 0;

	if (!authorization)
		return json_object_object_get_ex(o, "authorization", NULL) ? -EBADMSG : 0;
	if (strlen(authorization) > TOKEN_MAX_SIZE || !is_base64(authorization))
		return -EBADMSG;
	if (json_object_object_get_ex(o, "auto_host", NULL)) {
		if (!auto_host || registry_host_parse(auto_host, &host) < 0)
			return -EBADMSG;
		memcpy(t->auto_host, host.name, sizeof(t->auto_host));
	}
	if (read_time(o, "fetched_at", &fetched_at) < 0 ||
	        read_time(o, "expires_at", &expires_at) < 0)
		return -EBADMSG;
	token_set_times(t, fetched_at, expires_at);
	if (jitter && json_object_get_int(jitter) >= 0 && json_object_get_int(jitter) <= 1000)
		t->jitter = (unsigned)json_object_get_int(jitter);
	secret_set_string(&t->authorization, authorization);
	return 0;
}

static int read_failure(struct json_object *o, struct token *t)
{
	struct json_object *failure = json_member(o, "failure", json_type_object);
	const char *code, *text;

	if (!failure)
		return json_object_object_get_ex(o, "failure", NULL) ? -EBADMSG : 0;
	code = json_member_string(failure, "code");
	text = json_member_string(failure, "text");
	if (!code || !text || read_time(failure, "at", &t->failed_at) < 0 ||
	        read_time(failure, "since", &t->failing_since) < 0)
		return -EBADMSG;
	reason_set(&t->failure, EIO, code, "%s", text);
	return 0;
}

/* Compared but never shown, so it may have any characters. */
static int read_settings(struct json_object *o, struct token *t)
{
	const char *settings = json_member_string(o, "settings");

	if (settings && strlen(settings) > SETTINGS_MAX_SIZE)
		return -EBADMSG;
	t->identity_settings = settings ? xstrdup(settings) : NULL;
	return 0;
}

/* On failure ret_what names the invalid member. */
static int read_token(struct json_object *o, struct token *t, const char **ret_what)
{
	if (!json_object_is_type(o, json_type_object) ||
	        read_string(o, "identity", NAME_MAX_SIZE, &t->identity) < 0 || !t->identity)
		*ret_what = "the name of the identity";
	else if (read_string(o, "principal", SOURCE_MAX_SIZE, &t->principal) < 0)
		*ret_what = "the access key ID";
	else if (read_string(o, "provider", SOURCE_MAX_SIZE, &t->provider) < 0)
		*ret_what = "the name of the provider";
	else if (read_settings(o, t) < 0)
		*ret_what = "the text of the [aws] section";
	else if (read_place(o, t) < 0)
		*ret_what = "the region";
	else if (read_authorization(o, t) < 0)
		*ret_what = "the authorization token";
	else if (read_failure(o, t) < 0)
		*ret_what = "the failure";
	else
		return 0;
	return -EBADMSG;
}

/* An invalid token is dropped and fetched again; it does not affect the others. */
static void read_list(struct json_object *list, struct tokens *ret)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		_cleanup_(token_done) struct token t = {};
		const char *what;

		if (read_token(json_object_array_get_idx(list, i), &t, &what) < 0)
			continue;
		*(struct token *)array_append(&ret->items, &ret->count, sizeof(t)) = t;
		t = (struct token){};
	}
}

int tokens_parse(const char *data, size_t size, struct tokens *ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(data, size);
	struct json_object *version, *list;

	if (!root)
		return bad(ret_reason, "no JSON");
	version = json_member(root, "version", json_type_int);
	if (!version || json_object_get_int(version) != FORMAT_VERSION)
		return bad(ret_reason, "version");
	list = json_member(root, "tokens", json_type_array);
	if (!list || json_object_array_length(list) > MAX_TOKENS)
		return bad(ret_reason, "tokens");
	*ret = (struct tokens){};
	read_list(list, ret);
	return 0;
}

static void append_failure(struct secret *text, const struct token *t)
{
	secret_append_string(text, ",\"failure\":{");
	json_append_time(text, "at", t->failed_at);
	json_append_time(text, "since", t->failing_since);
	json_append_member(text, "code", t->failure.code);
	json_append_member(text, "text", t->failure.text);
	secret_append_string(text, "}");
}

static void append_token(struct secret *text, const struct token *t)
{
	char jitter[32];

	secret_append_string(text, "{");
	json_append_member(text, "identity", t->identity);
	json_append_member(text, "settings", t->identity_settings);
	json_append_member(text, "service", aws_service_name(t->service));
	if (t->partition) {
		json_append_member(text, "partition", t->partition->name);
		json_append_member(text, "region", t->region);
	}
	if (t->authorization.size > 0) {
		json_append_member(text, "authorization", t->authorization.data);
		json_append_member(text, "auto_host", t->auto_host[0] ? t->auto_host : NULL);
		json_append_member(text, "principal", t->principal);
		json_append_member(text, "provider", t->provider);
		json_append_time(text, "fetched_at", t->fetched_at);
		json_append_time(text, "expires_at", t->expires_at);
		snprintf(jitter, sizeof(jitter), ",\"jitter\":%u", t->jitter);
		secret_append_string(text, jitter);
	}
	if (t->failed_at)
		append_failure(text, t);
	secret_append_string(text, "}");
}

int token_check(const struct token *token, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	_json_ struct json_object *object = NULL;
	_cleanup_(token_done) struct token back = {};
	const char *what = "it";

	append_token(&text, token);
	object = json_parse(text.data, text.size);
	if (object && read_token(object, &back, &what) == 0)
		return 0;
	return reason_set(ret_reason, EBADMSG, "odd-value",
	        "%s is too long for " TOKENS_FILE ", or contains invalid characters; "
	        "correct the source of the AWS credentials (%s)",
	        what, token->provider ? token->provider : "unknown");
}

void tokens_format(const struct tokens *tokens, struct secret *ret)
{
	char head[64];

	snprintf(head, sizeof(head), "{\"version\":%d,\"tokens\":[", FORMAT_VERSION);
	secret_append_string(ret, head);
	for (size_t i = 0; i < tokens->count; i++) {
		secret_append_string(ret, i > 0 ? ",\n" : "\n");
		append_token(ret, &tokens->items[i]);
	}
	secret_append_string(ret, "\n]}\n");
}

struct token *tokens_find(const struct tokens *tokens, const struct token_key *key)
{
	for (size_t i = 0; i < tokens->count; i++) {
		struct token *t = &tokens->items[i];
		struct token_key own = {
		        .identity = t->identity, .service = t->service, .partition = t->partition};

		memcpy(own.region, t->region, sizeof(own.region));
		/* A token without an identity has been moved out of the list. */
		if (t->identity && token_key_equal(&own, key))
			return t;
	}
	return NULL;
}

void token_set_times(struct token *token, int64_t fetched_at, int64_t expires_at)
{
	token->fetched_at = fetched_at;
	token->expires_at = token_life_end(fetched_at, expires_at);
}

enum token_life token_judge(const struct token *token, unsigned renew_at, int64_t now)
{
	if (!token || token->authorization.size == 0)
		return TOKEN_NONE;
	return token_life(
	        token->fetched_at, token->expires_at, token_renewal(token, renew_at), now);
}

bool token_is_valid(const struct token *token, int64_t now)
{
	return token_life_is_usable(token_judge(token, 0, now));
}

uint64_t token_hash(struct token *token)
{
	if (!token->hash)
		token->hash = written_hash(
		        secret_string(&token->authorization), token->authorization.size);
	return token->hash;
}

int token_split(const struct secret *authorization, struct secret *ret_user,
        const char **ret_password, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	char *colon = NULL;

	if (base64_decode(secret_string(authorization), authorization->size, &text) == 0)
		colon = memchr(secret_string(&text), ':', text.size);
	if (!colon || strlen(secret_string(&text)) != text.size)
		return reason_set(ret_reason, EBADMSG, "bad-token",
		        "ECR's token is not base64 of USER:PASSWORD");
	*colon = '\0';
	*ret_password = colon + 1;
	secret_move(ret_user, &text);
	return 0;
}

int64_t token_renewal(const struct token *token, unsigned renew_at)
{
	return token_life_renewal(token->fetched_at, token->expires_at, renew_at, token->jitter);
}

void token_done(struct token *t)
{
	free(t->identity);
	free(t->identity_settings);
	free(t->principal);
	free(t->provider);
	secret_done(&t->authorization);
	*t = (struct token){};
}

void tokens_done(struct tokens *t)
{
	for (size_t i = 0; i < t->count; i++)
		token_done(&t->items[i]);
	free(t->items);
	*t = (struct tokens){};
}

int tokens_load(const struct paths *paths, struct tokens *ret, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	int r = state_file_read(
	        paths->runtime_dir, TOKENS_FILE, TOKENS_MAX_SIZE, &text, ret_reason);

	if (r == 0)
		*ret = (struct tokens){};
	if (r <= 0)
		return r;
	r = tokens_parse(text.data, text.size, ret, ret_reason);
	return r < 0 ? reason_prefix(ret_reason, r, "%s/", paths->runtime_dir) : 0;
}

int tokens_save(const struct paths *paths, const struct tokens *tokens, struct reason *ret_reason)
{
	_secret_ struct secret text = {};

	tokens_format(tokens, &text);
	return state_file_write(paths->runtime_dir, TOKENS_FILE, &text, ret_reason);
}
