/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests with our keys go only to the server of the ini: redirections are not followed, and of a
 * link only the query is used. The server's error message is logged unless it contains a secret.
 */
#include "publish/rancher/rancher-call.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "http/backoff.h"

#define REPLY_LIMIT (4 * 1024 * 1024) /* a page of 100 rows has 200 KiB */
#define MAX_PAGES 1000
#define MAX_TRIES 12 /* three seconds; Rancher 1 needs about one */
#define PAUSE_USEC (250 * USEC_PER_MSEC)
#define ECHO_SIZE 16 /* a message with so many characters of a secret is not repeated */

static bool repeats(const char *text, const char *secret)
{
	char beginning[ECHO_SIZE + 1];

	snprintf(beginning, sizeof(beginning), "%s", secret);
	return *beginning && strstr(text, beginning);
}

/* Reports whether a message contains nothing of the secrets that were sent. */
static bool is_harmless(const struct rancher_server *server, const char *text)
{
	const char *credentials = strchr(secret_string(&server->authorization), ' ');

	if (credentials && repeats(text, credentials + 1))
		return false;
	for (size_t i = 0; i < server->sink_run->n_tokens; i++)
		if (repeats(text, server->sink_run->tokens[i].password))
			return false;
	return true;
}

static int error_of_status(long status)
{
	switch (status) {
	case 400:
	case 422:
		return EINVAL;
	case 401:
		return ECOMM;
	case 403:
	case 405:
		return EACCES;
	case 404:
		return ENOENT;
	case 409:
		return EBUSY;
	default:
		return status >= 300 && status < 400 ? ECOMM : EREMOTEIO;
	}
}

/*
 * Keeps the first failure of the server. Without a reason, the request was made only to explain
 * another failure, and may fail.
 */
static void note_failure(struct rancher_server *server, const struct reason *reason)
{
	if (reason && !atomic_exchange(&server->is_failing, true))
		server->failure = *reason;
}

/* Returns how to fix it; the caller frees it. */
static char *make_advice(const struct rancher_server *server, long status)
{
	bool is_v3 = server->url.api == RANCHER_API_V3;

	switch (error_of_status(status)) {
	case ECOMM:
		if (status == 401)
			return xasprintf("it rejects the keys: they have expired, were removed, "
			                 "or belong to another server; create new ones in Rancher "
			                 "and correct %s",
			        server->keys_origin);
		return xasprintf("it redirects, and keys are not sent elsewhere; correct %s "
		                 "(https://?)",
		        server->server_origin);
	case EACCES:
		return xasprintf("give %s of %s %s", is_v3 ? "the user" : "the owner",
		        server->keys_origin,
		        is_v3 ? "a role in the project that may manage secrets, such as Project "
		                "Member"
		              : "a membership of the environment, or take a key of the "
		                "environment");
	case ENOENT:
		return xasprintf("it does not exist, or %s may not see it", server->keys_origin);
	case EBUSY:
		return xstrdup("another client is changing it; the next run tries again");
	case EINVAL:
		return xstrdup("Rancher rejects what was sent");
	default:
		return xstrdup(status == 429 || status >= 500
		                       ? "the next run tries again"
		                       : "is this really Rancher, or a proxy's page?");
	}
}

static int fail_status(struct rancher_server *server, const char *method, const char *url,
        const struct http_reply *reply, const struct rancher_error *error,
        struct reason *ret_reason)
{
	bool has_message = *error->message && strcmp(error->message, error->code) != 0;
	_cleanup_(freep) char *what_to_do = make_advice(server, reply->status);
	char status[32];

	snprintf(status, sizeof(status), "HTTP %ld", reply->status);
	reason_set(ret_reason, 0, *error->code ? error->code : status,
	        "%s %s replied %s%s%s%s%s%s%s; %s", method, url, status, *error->code ? " " : "",
	        error->code, *error->field ? " of " : "", error->field, has_message ? ": " : "",
	        has_message ? error->message : "", what_to_do);
	if (reply->status == 429 || reply->status >= 500)
		note_failure(server, ret_reason);
	return -error_of_status(reply->status);
}

/* The reply to a change in a dry run. */
#define DRY_REPLY "{\"id\":\"dry\"}"

int rancher_call(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct secret *ret, struct rancher_error *ret_error,
        struct reason *ret_reason)
{
	_cleanup_(freep) char *url = xasprintf("%s%s", server->url.server, path);
	_cleanup_(http_reply_done) struct http_reply reply = {};
	const struct http_header headers[] = {
	        {"Authorization", secret_string(&server->authorization)},
	        {"Accept", "application/json"},
	        {"Content-Type", "application/json"},
	};
	struct http_request request = {.method = method,
	        .url = url,
	        .headers = headers,
	        .n_headers = body ? 3 : 2,
	        .body = body ? body->data : NULL,
	        .body_size = body ? body->size : 0,
	        .deadline = server->sink_run->deadline,
	        .ca_bundle = server->ca_bundle,
	        .reply_limit = REPLY_LIMIT,
	        .session = server->session};
	struct rancher_error error;

	if (server->sink_run->is_dry && strcmp(method, "GET") != 0) {
		secret_set_string(ret, DRY_REPLY);
		return 0;
	}
	if (http_call(&request, &reply, ret_reason) < 0) {
		note_failure(server, ret_reason);
		return -ECOMM;
	}
	if (reply.status >= 200 && reply.status < 300) {
		secret_move(ret, &reply.body);
		return 0;
	}
	rancher_error_parse(secret_string(&reply.body), reply.body.size, &error);
	if (!is_harmless(server, error.code) || !is_harmless(server, error.field) ||
	        !is_harmless(server, error.message))
		error = (struct rancher_error){.message = "(a message that contains a secret)"};
	if (ret_error)
		*ret_error = error;
	return fail_status(server, method, url, &reply, &error, ret_reason);
}

static int fail_parse(
        const struct rancher_server *server, const char *path, struct reason *ret_reason)
{
	return reason_prefix(ret_reason, -EREMOTEIO, "%s%s: ", server->url.server, path);
}

int rancher_call_row(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct rancher_row *ret, struct rancher_error *ret_error,
        struct reason *ret_reason)
{
	_secret_ struct secret reply = {};
	int r = rancher_call(server, method, path, body, &reply, ret_error, ret_reason);

	if (r < 0)
		return r;
	if (rancher_row_parse(secret_string(&reply), reply.size, ret, ret_reason) < 0)
		return fail_parse(server, path, ret_reason);
	return 0;
}

int rancher_change_row(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct rancher_row *ret, struct rancher_error *ret_error,
        struct reason *ret_reason)
{
	for (unsigned i = 1;; i++) {
		int r = rancher_call_row(server, method, path, body, ret, ret_error, ret_reason);

		if (r != -EBUSY || i == MAX_TRIES ||
		        !backoff_wait(PAUSE_USEC, server->sink_run->deadline))
			return r;
	}
}

static int add_page(struct rancher_server *server, const char *path, struct rancher_list *list,
        struct reason *ret_reason)
{
	char old_next[sizeof(list->next)];
	_cleanup_(freep) char *whole = xasprintf("%s?%s", path, list->next);
	_secret_ struct secret reply = {};
	int r = rancher_call(server, "GET", whole, NULL, &reply, NULL, ret_reason);

	if (r < 0)
		return r;
	memcpy(old_next, list->next, sizeof(old_next));
	if (rancher_list_parse(secret_string(&reply), reply.size, list, ret_reason) < 0)
		return fail_parse(server, path, ret_reason);
	if (strcmp(old_next, list->next) == 0)
		return reason_set(ret_reason, EREMOTEIO, "bad-reply",
		        "%s%s: the next page is the same page again; is this really Rancher?",
		        server->url.server, path);
	return 0;
}

int rancher_call_list(struct rancher_server *server, const char *path, struct rancher_list *ret,
        struct reason *ret_reason)
{
	_cleanup_(rancher_list_done) struct rancher_list list = {.next = "limit=100"};

	for (size_t i = 0; *list.next; i++) {
		int r = i < MAX_PAGES ? add_page(server, path, &list, ret_reason)
		                      : reason_set(ret_reason, EREMOTEIO, "too-many-pages",
		                                "%s%s has more than %d pages", server->url.server,
		                                path, MAX_PAGES);

		if (r < 0)
			return r;
	}
	*ret = list;
	list = (struct rancher_list){};
	return 0;
}
