/* SPDX-License-Identifier: Apache-2.0 */
/* The clients' rules. Users control the files. */
#include "check/clients/client-lookup.h"

#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "check/clients/client.h"

static struct lookup entry_of(const struct client_entry *e)
{
	/* docker and podman ignore an entry without credentials. */
	if (!e || (e->auth.size == 0 && !e->has_identity_token))
		return (struct lookup){};
	return (struct lookup){.result = LOOKUP_ENTRY, .entry = e};
}

static struct lookup helper_of(const struct helper_selection *s)
{
	return (struct lookup){
	        .result = s->setting == HELPER_CREDS_STORE ? LOOKUP_STORE : LOOKUP_HELPER,
	        .helper = s->name.text,
	        .is_our_helper = s->is_ours};
}

/* Returns what follows "http://" or "https://", or NULL without them. */
static const char *after_scheme(const char *key)
{
	if (strncmp(key, "http://", 7) == 0)
		return key + 7;
	return strncmp(key, "https://", 8) == 0 ? key + 8 : NULL;
}

static bool begins_with_host(const char *s, const char *host)
{
	size_t n = strlen(host);

	return strncmp(s, host, n) == 0 && (s[n] == '\0' || s[n] == '/');
}

bool docker_key_is_for(const char *key, const char *host)
{
	const char *rest = after_scheme(key);

	return begins_with_host(rest ? rest : key, host);
}

static struct lookup docker_file(const struct client_config *c, const char *host)
{
	const struct client_entry *e = client_config_entry(c, host);

	for (size_t i = 0; !e && i < c->n_entries; i++)
		if (docker_key_is_for(secret_string(&c->entries[i].key), host))
			e = &c->entries[i];
	return entry_of(e);
}

static struct helper_name name_of(const struct secret *s)
{
	return (struct helper_name){secret_string(s), s->size};
}

/* Returns what credHelpers has for this registry. */
static struct helper_name find_helper(const struct client_config *c, const char *host)
{
	size_t size = strlen(host);

	for (size_t i = c->n_helpers; i > 0; i--) {
		const struct client_helper *h = &c->helpers[i - 1];

		if (h->registry.size == size &&
		        memcmp(secret_string(&h->registry), host, size) == 0)
			return name_of(&h->name);
	}
	return (struct helper_name){};
}

struct lookup docker_lookup(const struct client_config *c, const char *host)
{
	struct helper_selection s = helper_select_docker(find_helper(c, host), name_of(&c->store));

	return s.setting == HELPER_NONE ? docker_file(c, host) : helper_of(&s);
}

struct lookup watchtower_lookup(const struct client_config *c, const char *host)
{
	return docker_file(c, host);
}

/* Reports whether podman takes a key for the host: only a URL may have a path. */
static bool podman_key_is_for(const char *key, const char *host)
{
	const char *rest = after_scheme(key);

	return rest ? begins_with_host(rest, host) : strcmp(key, host) == 0;
}

static const struct client_entry *find_longest(const struct client_config *c, const char *name)
{
	_cleanup_(freep) char *key = xstrdup(name);

	for (;;) {
		const struct client_entry *e = client_config_entry(c, key);
		char *slash = strrchr(key, '/');

		if (e || !slash)
			return e;
		*slash = '\0';
	}
}

struct lookup podman_lookup(const struct client_config *c, const char *name)
{
	_cleanup_(freep) char *host = xstrndup(name, strcspn(name, "/"));
	struct helper_selection s = helper_select_podman(find_helper(c, host));
	const struct client_entry *e;

	if (s.setting != HELPER_NONE)
		return helper_of(&s);
	e = find_longest(c, name);
	for (size_t i = 0; !e && i < c->n_entries; i++)
		if (podman_key_is_for(secret_string(&c->entries[i].key), host))
			e = &c->entries[i];
	return entry_of(e);
}

static bool is_readable(const struct secret *auth)
{
	_secret_ struct secret text = {};

	if (auth->size == 0)
		return true;
	if (base64_decode(auth->data, auth->size, &text) < 0)
		return false;
	return text.size > 0 && text.data[0] != ':' && memchr(text.data, ':', text.size);
}

const struct client_entry *docker_malformed_entry(const struct client_config *c)
{
	for (size_t i = 0; i < c->n_entries; i++)
		if (!is_readable(&c->entries[i].auth))
			return &c->entries[i];
	return NULL;
}

static bool is_installed(const struct client_environment *e, const char *name)
{
	const char *dir = e->path ? e->path : "";

	for (size_t n; *dir; dir += n + (dir[n] == ':')) {
		_cleanup_(freep) char *program = NULL;

		n = strcspn(dir, ":");
		program = xasprintf("%.*s/%s", (int)n, dir, name);
		if (*dir == '/' && access(program, X_OK) == 0)
			return true;
	}
	return false;
}

bool helper_is_installed(const struct client_environment *e, const char *name)
{
	_cleanup_(freep) char *program = xasprintf("docker-credential-%s", name);

	return *name && !strchr(name, '/') && is_installed(e, program);
}

unsigned clients_installed(const struct client_environment *e)
{
	static const struct {
		const char *program;
		unsigned client;
	} programs[] = {{"docker", CLIENT_DOCKER}, {"podman", CLIENT_PODMAN},
	        {"skopeo", CLIENT_PODMAN}, {"buildah", CLIENT_PODMAN}};
	unsigned found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (is_installed(e, programs[i].program))
			found |= programs[i].client;
	return found ? found : CLIENT_DOCKER | CLIENT_PODMAN;
}

char *docker_config_path(const struct client_environment *e)
{
	if (e->docker_config)
		return xasprintf("%s/config.json", e->docker_config);
	return xasprintf("%s/.docker/config.json", e->home);
}

size_t podman_paths(const struct client_environment *e, char *ret[static PODMAN_MAX_PATHS])
{
	if (e->registry_auth_file) {
		ret[0] = xstrdup(e->registry_auth_file);
		return 1;
	}
	if (e->docker_config) {
		ret[0] = docker_config_path(e);
		return 1;
	}
	ret[0] = e->xdg_runtime_dir ? xasprintf("%s/containers/auth.json", e->xdg_runtime_dir)
	                            : xasprintf("/run/containers/%u/auth.json", e->uid);
	ret[1] = e->xdg_config_home ? xasprintf("%s/containers/auth.json", e->xdg_config_home)
	                            : xasprintf("%s/.config/containers/auth.json", e->home);
	ret[2] = docker_config_path(e);
	return 3;
}
