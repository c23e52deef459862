/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One Rancher server as a section of the ini describes it, and what can be asked of it. May be used
 * by several threads once it is open.
 */

#include <stdatomic.h>

#include "../common/config.h"
#include "../common/http.h"
#include "rancher-reply.h"
#include "section.h"

struct rancher_server {
	const struct config_rancher *config;
	const struct publish_section *section;
	struct rancher_url url;
	char *label;         /* "[rancher prod]", for messages */
	char *server_origin; /* "url in [rancher prod]" */
	char *trust_origin;
	char *keys_origin; /* what says who we are: "token_file in [rancher prod]" */
	char *ca_bundle;
	bool has_token; /* of Rancher 2, or a pair of keys */
	struct secret authorization;
	struct http_options options;
	struct http_session *session;
	/* It failed, and not what was asked of it; to be read when nobody asks any more. */
	atomic_bool is_failing;
	struct reason failure;
};

/* The section's own url, or the environment's; NULL: there is none. */
const char *rancher_url_of(const struct config_rancher *config);

/* What a section's url says. Asks nobody. Returns 0, or -EINVAL with a reason. */
int rancher_server_find(const struct config_rancher *config, const struct publish_section *section,
        struct rancher_server *ret, struct reason *ret_reason);

/* Asks nobody. Returns 0 or a negative errno with a reason. */
int rancher_server_read_keys(struct rancher_server *server, struct reason *ret_reason);

/* Reads the keys and, where the url does not say so, asks for the API. As rancher_call(). */
int rancher_server_open(struct rancher_server *server, struct reason *ret_reason);

void rancher_server_done(struct rancher_server *server);

/*
 * One request. path is what follows the server's url; body is JSON or NULL. Returns 0 and what was
 * answered, with a status of 200 to 299. Otherwise a reason that names cause and mend, *ret_error
 * where not NULL, and
 *   -ECOMM      the server cannot be used at all, or does not know our keys
 *   -EACCES     403 and 405: we may not
 *   -ENOENT     404
 *   -EBUSY      409
 *   -EINVAL     400 and 422
 *   -EREMOTEIO  it failed, or answered something odd
 */
int rancher_call(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct secret *ret, struct rancher_error *ret_error,
        struct reason *ret_reason);

/* The same, its answer a row. */
int rancher_call_row(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct rancher_row *ret, struct rancher_error *ret_error,
        struct reason *ret_reason);

/*
 * The same where the row may be in transition, and refuse changes for a moment: 409 is tried again
 * a few times.
 */
int rancher_change_row(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct rancher_row *ret, struct rancher_error *ret_error,
        struct reason *ret_reason);

/* All pages of a collection. */
int rancher_call_list(struct rancher_server *server, const char *path, struct rancher_list *ret,
        struct reason *ret_reason);

/* Of what a host's token is to be, at this server. */
uint64_t rancher_token_hash(const struct rancher_server *server, const struct publish_token *token);

/* "Default (1a5), Prod (1a7), …" of a list's rows, for messages; "none" where it is empty. */
const char *rancher_names(const struct rancher_list *list, char *buffer, size_t size);
