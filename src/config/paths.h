/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where things are: for the host's service (root, and the user ecr-refresher that systemd or root
 * starts for the network part) or for one ordinary user.
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
	char *config_name;   /* what errors call it: systemd may hand us a copy of it */
	bool is_named;       /* the ini was named with --config, and must exist */
	char *runtime_dir;   /* tokens.json */
	char *record_dir;    /* what the writer wrote */
	char *published_dir; /* what went to clusters */
};

/*
 * config_option is --config or NULL. Returns 0, or -ENOENT with a reason where an ordinary user has
 * no home or no $XDG_RUNTIME_DIR.
 */
int paths_find(const char *config_option, struct paths *ret, struct reason *ret_reason);

/*
 * The same for a program that can do without: where an ordinary user has no home or no runtime
 * directory, what would be there is NULL. The user's name, which only the password database knows,
 * is not looked up.
 */
void paths_guess(const char *config_option, struct paths *ret);

/* The home directory this process should use: $HOME, else the password database's; NULL for none.
 */
char *paths_home(void);

/* "~/" in front stands for that home. The caller frees the result. */
char *paths_expand(const char *path);

void paths_done(struct paths *p);
