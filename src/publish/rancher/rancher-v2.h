/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rancher 2.x: in each project, or namespace of one, an object of our own with the tokens of all
 * hosts. Source: dockerCredential and namespacedDockerCredential of its project API.
 */

#include "publish/rancher/rancher-server.h"

/* Where an object of ours is, or is to be. */
struct rancher3_object {
	struct rancher_server *server;
	struct publish_section *section;
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
int rancher3_publish(struct rancher_server *server, struct publish_section *section);

/* Makes it or replaces it, or takes it out. Returns as rancher_call(), with o->reason. */
int rancher3_object_send(struct rancher3_object *o);
int rancher3_object_remove(struct rancher3_object *o);
