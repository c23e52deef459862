/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rancher 2.x: in each project, or namespace of one, an object of our own with the tokens of all
 * hosts. Source: dockerCredential and namespacedDockerCredential of its project API.
 */

#include "publish/rancher/rancher-server.h"

/* Where an object of ours is, or is to be. */
struct rancher_v2_object {
	struct rancher_server *server;
	struct sink_run *section;
	char *project;   /* "c-m1abc:p-x2def" */
	char *namespace; /* or NULL: the whole project */
	char *name;      /* of the object */
	size_t target;   /* index in section->fresh */
	char *uid;       /* of the object that we made, or NULL */
	bool is_to_go;
	bool is_gone;
	int error; /* what became of it, and why */
	struct reason reason;
};

/* As a sink. */
int rancher_v2_publish(struct rancher_server *server, struct sink_run *section);

/* Makes it or replaces it, or takes it out. Returns as rancher_call(), with o->reason. */
int rancher_v2_object_send(struct rancher_v2_object *o);
int rancher_v2_object_remove(struct rancher_v2_object *o);
