/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formats replies. kubelet decodes strictly: it drops a reply with an undocumented field or a
 * duration that Go cannot parse. AWS controls the token in it.
 */
#include "pull/kubelet-reply.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "state/tokens.h"

#define CACHE_MAX_SECONDS (365 * 24 * 3600) /* Go's durations end after 292 years */

/* Appends a duration as Go's time.Duration formats it: "5h59m0s", "59m59s", "7s", "0s". */
static void append_duration(struct secret *text, int64_t seconds)
{
	char buffer[64];

	if (seconds >= 3600)
		snprintf(buffer, sizeof(buffer), "%" PRId64 "h%" PRId64 "m%" PRId64 "s",
		        seconds / 3600, seconds / 60 % 60, seconds % 60);
	else if (seconds >= 60)
		snprintf(buffer, sizeof(buffer), "%" PRId64 "m%" PRId64 "s", seconds / 60,
		        seconds % 60);
	else
		snprintf(buffer, sizeof(buffer), "%" PRId64 "s", seconds > 0 ? seconds : 0);
	json_append_member(text, "cacheDuration", buffer);
}

/* Appends all before "auth". The token is for the whole registry: one reply serves all images. */
static void append_head(struct secret *text, const char *api_version, int64_t cache_seconds)
{
	secret_append_string(text, "{");
	json_append_member(text, "kind", "CredentialProviderResponse");
	json_append_member(text, "apiVersion", api_version);
	json_append_member(text, "cacheKeyType", "Registry");
	append_duration(text, cache_seconds);
	secret_append_string(text, ",\"auth\":");
}

/* For no time in kubelet's cache: the administrator may add the registry to the ini next. */
void kubelet_reply_nothing(const char *api_version, struct secret *ret)
{
	append_head(ret, api_version, 0);
	secret_append_string(ret, "null}\n");
}

/* Returns half of the remaining time: kubelet asks again long before the end, and a pull that
 * begins at the last moment still has a valid token. */
static int64_t cache_seconds(int64_t expires_at, int64_t now)
{
	int64_t left = expires_at > now ? (expires_at - now) / 2 : 0;

	return left < CACHE_MAX_SECONDS ? left : CACHE_MAX_SECONDS;
}

int kubelet_reply_format(const char *api_version, const char *registry,
        const struct secret *authorization, int64_t expires_at, int64_t now, struct secret *ret,
        struct reason *ret_reason)
{
	_secret_ struct secret user = {};
	const char *password;
	int r = token_split(authorization, &user, &password, ret_reason);

	if (r < 0)
		return r;
	append_head(ret, api_version, cache_seconds(expires_at, now));
	secret_append_string(ret, "{");
	json_append_string(ret, registry);
	secret_append_string(ret, ":{");
	json_append_member(ret, "username", secret_string(&user));
	json_append_member(ret, "password", password);
	secret_append_string(ret, "}}}\n");
	return 0;
}
