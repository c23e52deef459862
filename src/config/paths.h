/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The places of all files: for the host's service (root, and the user ecr-refresher, as which
 * systemd or root starts the network part) or for one ordinary user.
 */

#include <stdbool.h>

#include "base/reason.h"

#define SERVICE_USER "ecr-refresher"
#define SYSTEM_RUNTIME_DIR "/run/ecr-refresher"
#define SYSTEM_RECORD_DIR "/var/lib/ecr-refresher/written"
#define SYSTEM_PUBLISHED_DIR "/var/lib/ecr-refresher/published"

struct paths {
	bool is_system;      /* the host's service */
	char *user;          /* the one user served; NULL for the host's service */
	char *config;        /* the ini to read */
	char *config_name;   /* its name in errors; systemd may pass a copy of it */
	bool is_named;       /* the ini was named with --config, and must exist */
	char *runtime_dir;   /* tokens.json */
	char *record_dir;    /* what the writer wrote */
	char *published_dir; /* what went to clusters */
};

/*
 * Finds them. config_option is --config or NULL. Returns 0, or -ENOENT with a reason if an ordinary
 * user has no home or no $XDG_RUNTIME_DIR.
 */
int paths_find(const char *config_option, struct paths *ret, struct reason *ret_reason);

/*
 * Finds them for a program that can do without: if an ordinary user has no home or no runtime
 * directory, the paths in it are NULL. Does not look up the user's name in the password database.
 */
void paths_guess(const char *config_option, struct paths *ret);

/* Returns the home directory of this process: $HOME, else the password database's, or NULL. */
char *paths_home(void);

/* Expands a leading "~/" to that home. The caller frees the result. */
char *paths_expand(const char *path);

void paths_done(struct paths *p);
