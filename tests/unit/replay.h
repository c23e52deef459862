/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Replaces http/http.c: replies from a recording, http-traffic.json in the form of smithy-rs. A
 * request uses the first unused exchange with its method and URL.
 */

#include <errno.h>
#include <json-c/json.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/timestamp.h"
#include "conformance.h"
#include "http/http.h"

#define REPLAY_MAX 64
#define UNEXPECTED_MAX 16

struct exchange {
	struct json_object *request;
	struct json_object *response; /* NULL: the connection fails */
	struct secret sent, received;
	bool is_used;
};

static struct exchange exchanges[REPLAY_MAX];
static size_t n_exchanges, n_unexpected;
static char unexpected[UNEXPECTED_MAX][256]; /* URLs */

__attribute__((unused)) static void replay_data(struct exchange *exchange, struct json_object *data)
{
	const char *text = member_string(member(data, "data"), "Utf8");
	const char *encoded = member_string(member(data, "data"), "Base64");
	bool sent = strcmp(member_string(data, "direction"), "Request") == 0;
	struct secret *to = sent ? &exchange->sent : &exchange->received;

	if (text)
		secret_append_string(to, text);
	else if (encoded)
		base64_decode(encoded, strlen(encoded), to);
}

/* Reads the recording. Returns false if it is invalid. */
__attribute__((unused)) static bool replay_load(struct json_object *traffic)
{
	struct json_object *events = member(traffic, "events");

	for (size_t i = 0; events && i < json_object_array_length(events); i++) {
		struct json_object *event = json_object_array_get_idx(events, i);
		int64_t id = json_object_get_int64(member(event, "connection_id"));
		struct json_object *action = member(event, "action");
		struct json_object *request = member(action, "Request");
		struct json_object *response = member(action, "Response");

		if (id < 0 || id >= REPLAY_MAX)
			return false;
		if ((size_t)id >= n_exchanges)
			n_exchanges = (size_t)id + 1;
		if (request)
			exchanges[id].request = member(request, "request");
		if (response)
			exchanges[id].response = member(member(response, "response"), "Ok");
		if (member(action, "Data"))
			replay_data(&exchanges[id], member(action, "Data"));
	}
	return events;
}

/* Returns a header of a recorded message, or NULL. */
__attribute__((unused)) static const char *recorded_header(
        struct json_object *message, const char *name)
{
	struct json_object *headers = member(message, "headers");

	if (!headers)
		return NULL;
	json_object_object_foreach(headers, key, values)
	{
		if (strcasecmp(key, name) == 0)
			return json_object_get_string(json_object_array_get_idx(values, 0));
	}
	return NULL;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Returns the URL with sorted parameters, and "/" for an empty path. */
static char *normalize_url(const char *url)
{
	_cleanup_(freep) char *copy = xstrdup(url);
	char *query = strchr(copy, '?'), *words[32], *ret;
	size_t n = 0;

	if (query)
		*query++ = '\0';
	for (char *word = query ? strsep(&query, "&") : NULL; word && n < 32;
	        word = strsep(&query, "&"))
		words[n++] = word;
	if (n > 0)
		qsort(words, n, sizeof(*words), compare_strings);
	ret = xasprintf("%s%s", copy, strchr(copy + strcspn(copy, ":") + 3, '/') ? "" : "/");
	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *before = ret;

		ret = xasprintf("%s%c%s", before, i > 0 ? '&' : '?', words[i]);
	}
	return ret;
}

static struct exchange *find_exchange(const struct http_request *request)
{
	_cleanup_(freep) char *url = normalize_url(request->url);

	for (size_t i = 0; i < n_exchanges; i++) {
		struct exchange *e = &exchanges[i];
		_cleanup_(freep) char *recorded = normalize_url(member_string(e->request, "uri"));

		if (!e->is_used && strcmp(recorded, url) == 0 &&
		        strcmp(member_string(e->request, "method"), request->method) == 0)
			return e;
	}
	return NULL;
}

static const char *sent_header(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

/* Returns KEY of "AWS4-HMAC-SHA256 Credential=KEY/…", or NULL. */
static char *signer(const char *authorization)
{
	static const char prefix[] = "AWS4-HMAC-SHA256 Credential=";

	if (!authorization || strncmp(authorization, prefix, strlen(prefix)) != 0)
		return NULL;
	authorization += strlen(prefix);
	return xstrndup(authorization, strcspn(authorization, "/"));
}

/* Reports whether the recorded access key has signed, or one of an earlier reply. */
static bool is_known_signer(const char *key, const char *recorded)
{
	for (size_t i = 0; key && i < n_exchanges; i++)
		if (exchanges[i].is_used && strstr(secret_string(&exchanges[i].received), key))
			return true;
	return key && strcmp(key, recorded) == 0;
}

/* The request's credentials. */
static void check_sender(const struct http_request *request, const struct exchange *e)
{
	static const char *const names[] = {"x-aws-ec2-metadata-token",
	        "x-aws-ec2-metadata-token-ttl-seconds", "x-amz-sso_bearer_token", "authorization"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *wanted = recorded_header(e->request, names[i]);
		const char *sent = sent_header(request, names[i]);
		_cleanup_(freep) char *key = signer(sent), *recorded = signer(wanted);

		if (recorded)
			CHECK(is_known_signer(key, recorded));
		else if (wanted)
			CHECK_STRING(sent, wanted);
	}
}

/* A form begins with its Action; the rest depends on where it was recorded. */
static void check_action(const struct http_request *request, const struct exchange *e)
{
	const char *wanted = secret_string(&e->sent);
	size_t n = strcspn(wanted, "&");

	if (strncmp(wanted, "Action=", strlen("Action=")) == 0)
		CHECK(request->body && request->body_size > n &&
		        strncmp(request->body, wanted, n) == 0);
}

int http_call(const struct http_request *request, struct http_reply *ret, struct reason *ret_reason)
{
	struct exchange *e = find_exchange(request);
	const char *date;

	if (!e) {
		printf("# not in the recording: %s %s\n", request->method, request->url);
		if (n_unexpected < UNEXPECTED_MAX)
			snprintf(unexpected[n_unexpected], 256, "%s", request->url);
		n_unexpected++;
		return reason_set(ret_reason, ENETUNREACH, "no-network", "not in the recording");
	}
	check_sender(request, e);
	e->is_used = true;
	check_action(request, e);
	if (!e->response)
		return reason_set(ret_reason, ETIMEDOUT, "timeout", "recorded as failed");
	*ret = (struct http_reply){.status = json_object_get_int(member(e->response, "status"))};
	secret_set(&ret->body, e->received.data, e->received.size);
	snprintf(ret->error_type, sizeof(ret->error_type), "%s",
	        recorded_header(e->response, "x-amzn-errortype") ?: "");
	date = recorded_header(e->response, "date");
	if (date)
		timestamp_parse_http(date, &ret->date);
	return 0;
}

void http_reply_done(struct http_reply *r)
{
	secret_done(&r->body);
	*r = (struct http_reply){};
}
