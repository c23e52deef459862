/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A file of a client, as that client reads it. */

#include <sys/stat.h>

#include "check/clients/client-config.h"

struct client_file {
	char *path;       /* as the client names it; owned */
	const char *file; /* as the ini spells it; NULL if it is not configured */
	struct stat st;   /* st_ino 0: it does not exist */
	int error;        /* of reading or parsing it */
	char detail[384]; /* the same as text; "" if there is no error, or the file is missing */
	struct client_config config;
};

/* Reads and parses f->path. */
void client_file_open(struct client_file *f);

/* Reports whether a path leads to this file. */
bool client_file_is(const struct client_file *f, const char *path);

/* Returns the clients (enum client) that can be configured to read it. */
unsigned client_file_clients(const struct client_file *f);

void client_file_done(struct client_file *f);
