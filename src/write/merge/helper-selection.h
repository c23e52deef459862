/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which credential helper a client asks instead of reading an entry of "auths", and the words in
 * which we report it. Users control the names, which come from their files.
 */

#include <stdbool.h>
#include <stddef.h>

/* docker-credential-ecr-refresher, as a file names it. */
#define OUR_HELPER "ecr-refresher"

/* The value of a setting; text is NULL if it is absent, and a null in the file is "". */
struct helper_name {
	const char *text;
	size_t size;
};

enum helper_setting {
	HELPER_NONE,         /* the client reads "auths" */
	HELPER_CRED_HELPERS, /* credHelpers[host] names the helper */
	HELPER_CREDS_STORE,  /* credsStore does */
};

struct helper_selection {
	enum helper_setting setting;
	struct helper_name name;
	bool is_ours; /* that helper has the token of the entry, so it hides nothing */
};

/*
 * Selects as docker does: credHelpers[host], if it exists, names the helper, and "" means the file;
 * otherwise credsStore names it. Source: docker/cli, cli/config/configfile, GetCredentialsStore().
 */
struct helper_selection helper_select_docker(
        struct helper_name for_host, struct helper_name creds_store);

/*
 * Selects as podman, buildah and skopeo do: credHelpers[host] names the helper, even if it is "";
 * credsStore is not read. Source: containers/image, pkg/docker/config, findCredentialsInFile().
 */
struct helper_selection helper_select_podman(struct helper_name for_host);

/* Reports whether a helper of this name is ours. */
bool helper_is_ours(const char *name, size_t size);

/* Returns the sentence about a setting that hides our entry, without the file. Owned. */
char *helper_describe(enum helper_setting setting, const char *host, const char *name);

/* Returns what to change in that file, in the imperative. Owned. */
char *helper_remedy(enum helper_setting setting, const char *host, const char *name);

/* What is added to the file if credsStore must stay, because other registries need it. */
#define HELPER_BESIDE_CREDS_STORE                                                                  \
	"\"credHelpers\": {\"HOST\": \"" OUR_HELPER "\"} for each of our registries"
