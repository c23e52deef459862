/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rancher 1.x: in each environment the credentials of the registries that are ours. Source: the
 * API pages of its documentation.
 */

#include "publish/rancher/rancher-server.h"

/* An environment, and the targets that are to be served in it: one for each token. */
struct rancher1_project {
	struct rancher_server *server;
	struct publish_section *section;
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
int rancher1_publish(struct rancher_server *server, struct publish_section *section);

/*
 * Serves those of its targets that are due: their hash, published_at and failure say what became of
 * them. To be called by one thread for each project.
 */
void rancher1_project_serve(struct rancher1_project *project);

/* Of what a host's token is to be, at this server. */
uint64_t rancher1_hash(const struct rancher_server *server, const struct publish_token *token);

/* Whether something is to be sent for the token with this index. */
bool rancher1_is_due(const struct rancher_server *server, const struct publish_section *section,
        const struct published_target *target, size_t token);
