/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment has the URI and the token. The platform that starts the container controls it,
 * and the server at the URI the reply.
 */
#include "fetch/providers/provider-container.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/environment.h"
#include "base/file.h"
#include "base/text.h"
#include "base/timespan.h"
#include "base/user-name.h"
#include "fetch/providers/container-reply.h"
#include "fetch/providers/container-uri.h"
#include "fetch/providers/local-call.h"

#define TOKEN "AWS_CONTAINER_AUTHORIZATION_TOKEN"
#define TOKEN_FILE "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
#define TOKEN_MAX_SIZE (64 * 1024)

/* botocore's ContainerMetadataFetcher */
#define ATTEMPTS 3
#define TIMEOUT_USEC (2 * USEC_PER_SEC)

static int read_token_file(const char *path, struct secret *ret, struct reason *ret_reason)
{
	int r = file_read(AT_FDCWD, path, TOKEN_MAX_SIZE, ret);
	char user[64];

	if (r < 0)
		return reason_set(ret_reason, -r, "token-file",
		        "container: %s, which " TOKEN_FILE
		        " names, cannot be read: %s; the user %s must be able to read it",
		        path, strerror(-r), user_name(user, sizeof(user)));
	if (ret->size > 0 && ret->data[ret->size - 1] == '\n')
		ret->data[--ret->size] = '\0';
	if (ret->size > 0 && ret->data[ret->size - 1] == '\r')
		ret->data[--ret->size] = '\0';
	return 0;
}

/* Reports whether it can be a header's value: visible characters and blanks ("Bearer …"). */
static bool is_header_value(const struct secret *s)
{
	return s->size > 0 && s->size <= TOKEN_MAX_SIZE && !text_has_control(s->data, s->size);
}

/*
 * The file has precedence over the variable and is read each time, because EKS renews it. Without
 * both, *ret stays empty.
 */
static int read_token(struct secret *ret, struct reason *ret_reason)
{
	const char *path = environment_get(TOKEN_FILE), *token = environment_get(TOKEN);
	int r = path ? read_token_file(path, ret, ret_reason) : 0;

	if (r < 0)
		return r;
	if (!path && !token)
		return 0;
	if (!path)
		secret_set_string(ret, token);
	if (!is_header_value(ret))
		return reason_set(ret_reason, EINVAL, "bad-token",
		        "container: %s%s holds no token that can be sent (it is empty, or has a "
		        "line "
		        "break or control character; %zu bytes)",
		        path ? path : TOKEN, path ? ", which " TOKEN_FILE " names," : "",
		        ret->size);
	return 0;
}

static int get_credentials(const struct identity *identity, const struct container_uri *uri,
        const struct secret *token, struct credentials *ret, struct reason *ret_reason)
{
	_cleanup_(http_reply_done) struct http_reply reply = {};
	const char *server = uri->parts.host;
	const struct http_header headers[] = {
	        {"Accept", "application/json"}, {"Authorization", secret_string(token)}};
	const struct local_call call = {.method = "GET",
	        .url = uri->url,
	        .headers = headers,
	        .n_headers = token->size > 0 ? 2 : 1,
	        .attempts = ATTEMPTS,
	        .timeout_usec = TIMEOUT_USEC,
	        .deadline = identity->deadline};
	int r = local_call(&call, &reply, ret_reason);

	if (r < 0)
		return reason_set(ret_reason, -r, "container-unreachable",
		        "container: %s, which %s names, %s; check that this still runs in that "
		        "task or pod",
		        server, uri->variable, local_call_failure(r));
	if (reply.status != 200)
		return container_fail(secret_string(&reply.body), reply.body.size, reply.status,
		        server, ret_reason);
	return container_read_credentials(
	        secret_string(&reply.body), reply.body.size, server, ret, ret_reason);
}

int provider_container(const struct identity *identity, const struct profile *profile _unused_,
        struct credentials *ret, struct reason *ret_reason)
{
	_secret_ struct secret token = {};
	struct container_uri uri;
	int r = container_uri(environment_get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
	        environment_get("AWS_CONTAINER_CREDENTIALS_FULL_URI"), &uri, ret_reason);

	if (r <= 0)
		return r;
	r = read_token(&token, ret_reason);
	if (r == 0)
		r = get_credentials(identity, &uri, &token, ret, ret_reason);
	if (r < 0)
		return r;
	return 1;
}
