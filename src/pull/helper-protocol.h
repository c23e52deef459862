/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The protocol between docker and others and a credential helper:
 * https://github.com/docker/docker-credential-helpers (credentials/credentials.go, error.go). The
 * caller controls the input.
 */

#include "base/reason.h"
#include "base/secret.h"
#include "pull/known-registries.h"

#define HELPER_INPUT_MAX_SIZE (512 * 1024)

/* The message by which callers recognize that nothing exists for a host, and continue without. */
#define HELPER_NOT_FOUND "credentials not found in native keychain"

/*
 * Pure. Reads the server of `get` and `erase`: one line of text. Returns 0, or -EBADMSG with a
 * reason if it is empty, several lines or not text.
 */
int helper_read_server(const char *data, size_t size, char **ret, struct reason *ret_reason);

/* Pure. Reads the server from the JSON of `store`; the secret is ignored. Returns as above. */
int helper_read_store(const char *data, size_t size, char **ret, struct reason *ret_reason);

/*
 * Pure. Appends the reply to `get`, with a newline, to ret. authorization is base64 of
 * "USER:PASSWORD". Returns 0, or -EBADMSG with a reason if it is not.
 */
int helper_format_reply(const char *server, const struct secret *authorization, struct secret *ret,
        struct reason *ret_reason);

/* Pure. Appends the reply to `list`, with a newline, to ret. */
void helper_format_list(const struct known_registries *hosts, struct secret *ret);
