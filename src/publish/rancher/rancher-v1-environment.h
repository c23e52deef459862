/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One environment of Rancher 1.x: its registries and credentials are listed once, then each host
 * that is due gets its token. The server does not filter the lists, because some versions ignore
 * filters. Members of the environment control what is in it.
 */

#include "publish/rancher/rancher-server.h"

struct rancher_v1_environment {
	struct rancher_server *server;
	struct sink_run *sink_run;
	char *id;            /* "1a5" */
	char *label;         /* "Default (1a5)", for messages */
	size_t first_target; /* index in sink_run->fresh, of sink_run->tokens[0]: one for each token
	                      */
	bool is_optional;    /* one of many that the ini does not name: it may lack a registry */
	bool *lacks_registry; /* for each token: it is optional and does */
	int error;            /* of the server: -ECOMM; the reason says why */
	struct reason reason;
};

/*
 * Updates those of its targets that are due: their hash, published_at and failure are the result.
 * Called by one thread for each environment.
 */
void rancher_v1_environment_update(struct rancher_v1_environment *e);

/* Reports whether the token with this index must be sent for its target. */
bool rancher_v1_environment_is_due(const struct rancher_server *server,
        const struct sink_run *sink_run, const struct published_target *target, size_t token);

void rancher_v1_environment_done(struct rancher_v1_environment *e);
