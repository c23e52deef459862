/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the parts of a look at one user's files share (probe.c, probe-docker.c, probe-podman.c). */

#include <sys/stat.h>

#include "check/probe/probe.h"

/* A file that a client reads. */
struct client_file {
	char *path;       /* as the client names it */
	const char *file; /* as the ini spells it; NULL where it is not configured */
	struct stat st;   /* st_ino 0: not there */
	int error;        /* of reading or parsing it */
	struct client_config config;
};

struct probe {
	const struct probe_request *request;
	const struct client_environment *environment;
	struct facts *facts;
	struct client_file *files; /* the configured ones */
	size_t n_files;
};

/*
 * Reads and parses f->path. What is wrong with it goes to ret_detail, "" for nothing; a missing
 * file has st_ino 0.
 */
void client_file_open(struct client_file *f, char *ret_detail, size_t size);

/* Whether a path leads to this file. */
bool client_file_is(const struct client_file *f, const char *path);

/* The clients that can be told to read it. */
unsigned client_file_clients(const struct client_file *f);

void client_file_done(struct client_file *f);

/* The configured file that a path leads to, or NULL. */
struct client_file *probe_find(const struct probe *x, const char *path);

/* Whether this entry is the one that is to be there. */
bool probe_wants(const struct probe_host *host, const struct client_entry *e);

/* A client asks a helper in the place of an entry. */
void probe_note_helper(struct probe *x, const char *path, const char *host, unsigned client,
        const struct lookup *l);

/* Which variables counted. */
void probe_note_environment(struct probe *x);

/* The entry itself, whoever reads it. Returns whether it is as it should be. */
bool probe_entry(struct probe *x, const struct client_file *f, const struct probe_host *host);

/* docker and Watchtower with this file; the environment comes first. */
void probe_docker_environment(struct probe *x);
void probe_docker_file(struct probe *x, const struct client_file *f);
void probe_docker_auth_config(struct probe *x, const char *text);

/* podman with all of its files. */
void probe_podman(struct probe *x);
