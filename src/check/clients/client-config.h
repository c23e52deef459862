/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The credentials of a config.json or auth.json, as Go's encoding/json reads them for docker and
 * podman: keys of structs in any case, keys of maps as they are, several "auths" add up, and a null
 * empties them. Users control the text.
 */

#include <stdbool.h>

#include "base/reason.h"
#include "base/secret.h"

/* A member of "auths"; if a key occurs twice, the later one counts. */
struct client_entry {
	struct secret key;
	struct secret auth; /* base64, as in the file; empty if missing */
	bool has_identity_token;
};

/* A member of "credHelpers". */
struct client_helper {
	struct secret registry;
	struct secret name; /* may be empty */
};

struct client_config {
	struct client_entry *entries;
	size_t n_entries;
	struct client_helper *helpers;
	size_t n_helpers;
	struct secret store; /* "credsStore"; empty if missing */
};

/*
 * Parses a file. Pure. A blank text is an empty configuration. Returns 0, or -EBADMSG with a reason
 * that names the line if the text, "auths" or "credHelpers" is not a JSON object.
 */
int client_config_parse(
        const char *text, size_t size, struct client_config *ret, struct reason *ret_reason);

/* Returns the entry of exactly this key, or NULL. */
const struct client_entry *client_config_entry(const struct client_config *c, const char *key);

void client_config_done(struct client_config *c);
