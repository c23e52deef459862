/* SPDX-License-Identifier: Apache-2.0 */
/* The files that docker and podman read for one user, who controls them. */
#include "check/clients/client-files.h"

void client_files_open(struct client_files *f, const struct client_environment *e)
{
	char *paths[PODMAN_MAX_PATHS];

	*f = (struct client_files){.docker.path = docker_config_path(e)};
	client_file_open(&f->docker);
	f->n_podman = podman_paths(e, paths);
	for (size_t i = 0; i < f->n_podman; i++) {
		f->podman[i].path = paths[i];
		client_file_open(&f->podman[i]);
	}
	registries_conf_find(e->home, &f->conf);
}

void client_files_done(struct client_files *f)
{
	client_file_done(&f->docker);
	for (size_t i = 0; i < f->n_podman; i++)
		client_file_done(&f->podman[i]);
	registries_conf_done(&f->conf);
}
