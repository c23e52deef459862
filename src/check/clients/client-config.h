/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a config.json or auth.json says about credentials, as Go's encoding/json reads it for docker
 * and podman: keys of structs in any case, keys of maps as they are, several "auths" add up, and a
 * null empties. Users control the text.
 */

#include <stdbool.h>

#include "base/reason.h"
#include "base/secret.h"

/* One member of "auths"; where a key is there twice, the later one counts. */
struct client_entry {
	struct secret key;
	struct secret auth; /* base64, as it stands there; empty for none */
	bool has_identity_token;
};

/* One member of "credHelpers". */
struct client_helper {
	struct secret registry;
	struct secret name; /* may be empty */
};

struct client_config {
	struct client_entry *entries;
	size_t n_entries;
	struct client_helper *helpers;
	size_t n_helpers;
	struct secret store; /* "credsStore"; empty for none */
};

/*
 * Pure. A blank text is an empty configuration. Returns 0, or -EBADMSG with a reason that names the
 * line where it is no JSON object, or "auths" or "credHelpers" is none.
 */
int client_config_parse(
        const char *text, size_t size, struct client_config *ret, struct reason *ret_reason);

/* The entry of this very key, or NULL. */
const struct client_entry *client_config_entry(const struct client_config *c, const char *key);

void client_config_done(struct client_config *c);
