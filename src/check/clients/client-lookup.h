/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The clients' rules: which credentials a client uses for a registry from a file. All of it is pure
 * unless noted. Each function names its source. Users control the files.
 */

#include "check/clients/client-config.h"
#include "write/merge/helper-selection.h"

enum lookup_result {
	LOOKUP_NOTHING, /* an anonymous pull, or the next file */
	LOOKUP_ENTRY,   /* an entry of "auths" */
	LOOKUP_HELPER,  /* a helper that credHelpers names, instead of an entry */
	LOOKUP_STORE,   /* one that credsStore names */
};

struct lookup {
	enum lookup_result result;
	const struct client_entry *entry; /* owned by the configuration, as is the helper's name */
	const char *helper;
	bool is_our_helper;
};

/*
 * Finds what docker uses: a helper as helper_select_docker() selects it; otherwise the entry whose
 * key is the host, or the first whose key ConvertToHostname() turns into it. Source: docker/cli,
 * configfile.GetAuthConfig().
 */
struct lookup docker_lookup(const struct client_config *c, const char *host);

/*
 * Finds what Watchtower uses: the file. It does not read credHelpers, and its container does not
 * have the program of credsStore, so docker/cli's nativeStore.Get() returns what the file has.
 * Source: containrrr/watchtower, pkg/registry/trust.go.
 */
struct lookup watchtower_lookup(const struct client_config *c, const char *host);

/*
 * Finds what podman, buildah and skopeo use: a helper as helper_select_podman() selects it;
 * otherwise the entry of name ("host", or "host/repository") or its parents, the longest key first;
 * then keys that are URLs. Source: containers/image, pkg/docker/config findCredentialsInFile().
 */
struct lookup podman_lookup(const struct client_config *c, const char *name);

/*
 * Returns an entry that makes docker refuse the whole file, because its auth is not the base64 of
 * "name:password" (configfile.LoadFromReader()); or NULL.
 */
const struct client_entry *docker_malformed_entry(const struct client_config *c);

/* Reports whether docker takes a key for the host, as it does "https://host/v1/". */
bool docker_key_is_for(const char *key, const char *host);

/* The environment in which the clients find their files; NULL if something is not set. */
struct client_environment {
	const char *home;
	unsigned uid;
	const char *docker_config;      /* DOCKER_CONFIG */
	const char *registry_auth_file; /* REGISTRY_AUTH_FILE */
	const char *xdg_runtime_dir;
	const char *xdg_config_home;
	const char *path; /* PATH, in which helpers are searched */
};

/* Reports whether docker-credential-NAME is in PATH. Not pure: reads the file system. */
bool helper_is_installed(const struct client_environment *e, const char *name);

/*
 * Returns the clients (CLIENT_DOCKER, CLIENT_PODMAN) that are in PATH; both if neither is, because
 * then they are unknown. Not pure either.
 */
unsigned clients_installed(const struct client_environment *e);

/* Returns the path of docker's file; owned. */
char *docker_config_path(const struct client_environment *e);

/*
 * Lists the files that podman and buildah read, in that order (common/pkg/auth
 * GetDefaultAuthFile(), containers/image getAuthFilePaths()). Owned. Returns how many.
 */
#define PODMAN_MAX_PATHS 3
size_t podman_paths(const struct client_environment *e, char *ret[static PODMAN_MAX_PATHS]);
