/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A key of the ini: what its value may be, and for a setting of an AWS identity what it means. */

#include <stdbool.h>

/* A table of keys ends with one that has no name. */
struct config_key {
	const char *name;
	bool (*is_valid)(const char *value); /* NULL: any value that is not empty */
	const char *expected;                /* what messages say the value should be */
	bool may_be_empty;
	bool is_list;   /* may take several lines */
	bool is_path;   /* "~/" is expanded */
	bool is_shell;  /* " ;" has another meaning in it */
	bool is_hidden; /* may hold a secret by mistake: messages do not repeat it */

	/* Settings of an AWS identity: see aws-settings.h. */
	const char *provider;
	bool takes_role;
	bool needs_role;
	bool selects_identity;
	bool in_fingerprint;
	bool profile_only;
	bool is_secret;
};

#define CONFIG_ANYTHING NULL, "a value"
#define CONFIG_PATH config_path_is_valid, "a file, absolute or beginning with '~/'", .is_path = true
#define CONFIG_REGION region_is_valid, "a region such as eu-central-1"

/* Reports whether a path is absolute or begins with "~/", and does not end with a slash. */
bool config_path_is_valid(const char *path);

/* Reports whether a value is "yes" or "true", in any case. */
bool config_is_yes(const char *value);
