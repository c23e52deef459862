/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The clients' own rules: which credentials a client takes for a registry from a file. All of it is
 * pure. The sources are named at each function; users control the files.
 */

#include "check/clients/client-config.h"
#include "write/merge/helper-selection.h"

enum lookup_result {
	LOOKUP_NOTHING, /* an anonymous pull, or the next file */
	LOOKUP_ENTRY,   /* an entry of "auths" */
	LOOKUP_HELPER,  /* credHelpers names a helper, which is asked in the entry's place */
	LOOKUP_STORE,   /* credsStore does */
};

struct lookup {
	enum lookup_result result;
	const struct client_entry *entry; /* owned by the configuration, as is the helper's name */
	const char *helper;
	bool is_our_helper;
};

/*
 * docker/cli, configfile.GetAuthConfig(): a helper as helper_select_docker() selects it; otherwise,
 * of the file, the key that is the host, or the first that ConvertToHostname() turns into it.
 */
struct lookup docker_lookup(const struct client_config *c, const char *host);

/*
 * containrrr/watchtower, pkg/registry/trust.go: the file. credHelpers is not read, and the program
 * of credsStore is not there in its container, whereupon docker/cli's nativeStore.Get() hands out
 * what the file has.
 */
struct lookup watchtower_lookup(const struct client_config *c, const char *host);

/*
 * containers/image, pkg/docker/config findCredentialsInFile() for podman, buildah and skopeo: a
 * helper as helper_select_podman() selects it; otherwise name ("host", or "host/repository") and
 * its parents, the longest key first; then keys that are URLs.
 */
struct lookup podman_lookup(const struct client_config *c, const char *name);

/*
 * An entry that makes docker refuse its whole file: one whose auth is not the base64 of
 * "name:password" (configfile.LoadFromReader()). NULL where there is none.
 */
const struct client_entry *docker_malformed_entry(const struct client_config *c);

/* Whether a key means the host to docker: "https://host/v1/" does. */
bool docker_key_is_for(const char *key, const char *host);

/* The environment by which the clients find their files; NULL where something is not set. */
struct client_environment {
	const char *home;
	unsigned uid;
	const char *docker_config;      /* DOCKER_CONFIG */
	const char *registry_auth_file; /* REGISTRY_AUTH_FILE */
	const char *xdg_runtime_dir;
	const char *xdg_config_home;
	const char *path; /* PATH, where helpers are searched for */
};

/* Whether docker-credential-NAME is there to be run. Not pure: looks at the file system. */
bool helper_is_installed(const struct client_environment *e, const char *name);

/*
 * The clients (CLIENT_DOCKER, CLIENT_PODMAN) that are in PATH; both if neither is, because then we
 * do not know. Not pure either.
 */
unsigned clients_installed(const struct client_environment *e);

/* docker's file; owned. */
char *docker_config_path(const struct client_environment *e);

/*
 * The files that podman and buildah read, first match first (common/pkg/auth GetDefaultAuthFile(),
 * containers/image getAuthFilePaths()). Owned; returns how many.
 */
#define PODMAN_MAX_PATHS 3
size_t podman_paths(const struct client_environment *e, char *ret[static PODMAN_MAX_PATHS]);
