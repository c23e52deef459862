/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs ecr-fetch. Its output comes from a process that talks to the network: it is parsed like the
 * state file, and must match the request.
 */
#include "pull/fetch-token.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/timespan.h"
#include "launch/stage.h"

/* ecr-fetch stops this much earlier, so that it can report what it was waiting for. */
#define MARGIN_USEC (500 * USEC_PER_MSEC)

/* Hands over the service account's token, not in argv, the environment or any file system. */
static int open_token_fd(const struct secret *token, struct reason *ret_reason)
{
	_cleanup_(closep) int fd = memfd_create("web-identity-token", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : file_write_all(fd, secret_string(token), token->size);

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r < 0)
		return reason_set(ret_reason, -r, "memfd",
		        "the service account's token cannot be passed to ecr-fetch: %s",
		        strerror(-r));
	return TAKE_FD(fd);
}

static int take_token(const struct secret *output, struct token *token, struct reason *ret_reason)
{
	_cleanup_(tokens_done) struct tokens tokens = {};
	struct token *t;

	if (tokens_parse(secret_string(output), output->size, &tokens, NULL) < 0 ||
	        tokens.count != 1)
		return reason_set(ret_reason, EBADMSG, "ecr-fetch",
		        "ecr-fetch returned no token; its message is on standard error");
	t = &tokens.items[0];
	if (t->authorization.size == 0) {
		*ret_reason = t->failure;
		return -EIO;
	}
	if (t->service != token->service || t->partition != token->partition ||
	        strcmp(t->region, token->region) != 0)
		return reason_set(ret_reason, EBADMSG, "ecr-fetch",
		        "ecr-fetch returned a token for %s; the ini has just changed, try again",
		        t->region);
	secret_move(&token->authorization, &t->authorization);
	memcpy(token->auto_host, t->auto_host, sizeof(token->auto_host));
	free(token->principal);
	token->principal = TAKE_PTR(t->principal);
	free(token->provider);
	token->provider = TAKE_PTR(t->provider);
	token->fetched_at = t->fetched_at;
	token->expires_at = t->expires_at;
	token->jitter = t->jitter;
	token->failed_at = token->failing_since = 0;
	token->failure = (struct reason){};
	return 0;
}

int pull_fetch_token(const struct pull_request *request, uint64_t deadline, struct token *token,
        struct reason *ret_reason)
{
	_cleanup_(closep) int fd = -1;
	_secret_ struct secret output = {};
	char until[32], number[16];
	const char *arguments[12] = {"--print-token", request->host, "--deadline", until};
	size_t n = 4;
	int r;

	snprintf(until, sizeof(until), "%" PRIu64, deadline - MARGIN_USEC);
	if (request->config) {
		arguments[n++] = "--config";
		arguments[n++] = request->config;
	}
	if (request->web_identity_token) {
		fd = open_token_fd(request->web_identity_token, ret_reason);
		if (fd < 0)
			return fd;
		snprintf(number, sizeof(number), "%d", fd);
		arguments[n++] = "--token-fd";
		arguments[n++] = number;
		arguments[n++] = "--role-arn";
		arguments[n++] = request->role_arn;
	}
	r = stage_capture((char *const *)arguments, fd, deadline, &output, ret_reason);
	return r < 0 ? r : take_token(&output, token, ret_reason);
}
