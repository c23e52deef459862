/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What docker and others say to a credential helper, and what they expect to hear.
 * https://github.com/docker/docker-credential-helpers (credentials/credentials.go, error.go)
 */

#include "base/reason.h"
#include "base/secret.h"
#include "pull/known-registries.h"

#define HELPER_INPUT_MAX_SIZE (512 * 1024)

/* The words by which callers tell that there is nothing for a host, and go on without. */
#define HELPER_NOT_FOUND "credentials not found in native keychain"

/*
 * Pure. The server of `get` and `erase`: one line of text. Returns 0, or -EBADMSG with a reason
 * where it is empty, several lines or no text.
 */
int helper_read_server(const char *data, size_t size, char **ret, struct reason *ret_reason);

/* Pure. The server of `store`, whose input is JSON; the rest is not looked at. As above. */
int helper_read_store(const char *data, size_t size, char **ret, struct reason *ret_reason);

/*
 * Pure. The answer to `get`, with a newline behind it, appended to ret. authorization is base64 of
 * "USER:PASSWORD". Returns 0, or -EBADMSG with a reason where it is not that.
 */
int helper_format_reply(const char *server, const struct secret *authorization, struct secret *ret,
        struct reason *ret_reason);

/* Pure. The answer to `list`, likewise. */
void helper_format_list(const struct known_registries *hosts, struct secret *ret);

/* Pure. "USER:PASSWORD", and where the colon is. Returns 0 or -EBADMSG with a reason. */
int helper_split(const struct secret *authorization, struct secret *ret, size_t *ret_colon,
        struct reason *ret_reason);
