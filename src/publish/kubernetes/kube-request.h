/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One call to an API server, before it is sent. */

#include "base/secret.h"

struct kube_request {
	const char *method;
	const char *path;         /* "/api/v1/…", with its query */
	const char *content_type; /* of body, or NULL */
	const char *accept;       /* NULL: JSON */
	const struct secret *body;
	/* For messages, and for the RBAC rule if it is refused. */
	const char *verb;      /* "list" … */
	const char *resource;  /* "secrets" … */
	const char *namespace; /* NULL: the whole cluster */
	const char *name;      /* or NULL */
};
