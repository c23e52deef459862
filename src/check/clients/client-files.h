/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The files that docker and podman read for one user, who controls them. */

#include "check/clients/client-file.h"
#include "check/clients/client-lookup.h"
#include "check/clients/registries-conf.h"

struct client_files {
	struct client_file docker;
	struct client_file podman[PODMAN_MAX_PATHS]; /* the first that has something decides */
	size_t n_podman;
	struct registries_conf conf;
};

/* Reads all of them. */
void client_files_open(struct client_files *f, const struct client_environment *e);

void client_files_done(struct client_files *f);
