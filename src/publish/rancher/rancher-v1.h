/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rancher 1.x: in each environment the credentials of the registries that are ours. Source: the
 * API pages of its documentation.
 */

#include "publish/rancher/rancher-server.h"

/* An environment, and the targets that are to be served in it: one for each token. */
struct rancher_v1_environment {
	struct rancher_server *server;
	struct sink_run *section;
	char *id;            /* "1a5" */
	char *label;         /* "Default (1a5)", for messages */
	size_t first_target; /* index in section->fresh; of section->tokens[0] */
	/* One of many that nobody named: a registry that it has not is none of its business. */
	bool may_lack;
	bool *is_lacking; /* for each token: that was so */
	int error;        /* of the server: -ECOMM; the reason says why */
	struct reason reason;
};

/* As a sink. */
int rancher_v1_publish(struct rancher_server *server, struct sink_run *section);

/*
 * Serves those of its targets that are due: their hash, published_at and failure say what became of
 * them. To be called by one thread for each project.
 */
void rancher_v1_environment_serve(struct rancher_v1_environment *project);

/* Of what a host's token is to be, at this server. */
uint64_t rancher_v1_hash(const struct rancher_server *server, const struct sink_token *token);

/* Whether something is to be sent for the token with this index. */
bool rancher_v1_is_due(const struct rancher_server *server, const struct sink_run *section,
        const struct published_target *target, size_t token);
