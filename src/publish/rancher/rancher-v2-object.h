/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An object in a project of Rancher 2.x, or in a namespace of one. It is a Secret and always sent
 * as a whole, so its registries are those of the section and no others. An object of the same name
 * that another program filled is left alone. Users who may edit Secrets in the project control it.
 */

#include "publish/rancher/rancher-server.h"

struct rancher_v2_object {
	struct rancher_server *server;
	struct sink_run *sink_run;
	char *project;   /* "c-m1abc:p-x2def" */
	char *namespace; /* or NULL: the whole project */
	char *name;
	size_t target;    /* index in sink_run->fresh */
	char *uid;        /* if we created it, or NULL */
	bool is_unwanted; /* it should be removed */
	bool is_gone;
	int error; /* the result, and the reason of a failure */
	struct reason reason;
};

/* Creates it or replaces it. Returns as rancher_call(), with o->reason. */
int rancher_v2_object_send(struct rancher_v2_object *o);

/* Removes it. Returns as rancher_call(), with o->reason. */
int rancher_v2_object_remove(struct rancher_v2_object *o);

void rancher_v2_object_done(struct rancher_v2_object *o);
