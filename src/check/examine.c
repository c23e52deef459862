/* SPDX-License-Identifier: Apache-2.0 */
#include "examine.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "../common/alloc.h"
#include "../common/base64.h"
#include "../common/become.h"
#include "../common/environment.h"
#include "../common/file.h"
#include "../common/paths.h"
#include "../write/merge.h"
#include "../write/target.h"
#include "registries-conf.h"

#define USUAL_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"

/* A file that a client reads. */
struct client_file {
	char *path;       /* as the client names it */
	const char *file; /* as the ini spells it; NULL where it is not configured */
	struct stat st;   /* st_ino 0: not there */
	int error;        /* of reading or parsing it */
	struct client_config config;
};

struct examination {
	const struct examine_request *request;
	const struct client_environment *environment;
	struct facts *facts;
	struct client_file *files; /* the configured ones */
	size_t n_files;
};

static void client_file_done(struct client_file *f)
{
	free(f->path);
	client_config_done(&f->config);
}

static const char *why_unreadable(int error)
{
	switch (error) {
	case EISDIR:
		return "it is a directory";
	case EINVAL:
		return "it is not a regular file";
	case EFBIG:
		return "it is larger than 4 MiB";
	default:
		return strerror(error);
	}
}

/* Reads a file. Returns what is wrong with it in ret_detail; a missing one has st_ino 0. */
static void client_file_open(struct client_file *f, char *ret_detail, size_t size)
{
	_secret_ struct secret text = {};
	struct reason reason = {};

	ret_detail[0] = '\0';
	if (stat(f->path, &f->st) < 0) {
		f->st.st_ino = 0;
		f->error = -errno;
		if (errno != ENOENT)
			snprintf(ret_detail, size, "%s", why_unreadable(errno));
		return;
	}
	f->error = file_read(AT_FDCWD, f->path, TARGET_MAX_SIZE, &text);
	if (f->error < 0) {
		snprintf(ret_detail, size, "%s", why_unreadable(-f->error));
		return;
	}
	f->error = client_config_parse(secret_string(&text), text.size, &f->config, &reason);
	if (f->error < 0)
		snprintf(ret_detail, size, "%s", reason.text);
}

static bool is_same_file(const struct client_file *f, const char *path)
{
	struct stat st;

	if (strcmp(f->path, path) == 0)
		return true;
	return f->st.st_ino != 0 && stat(path, &st) == 0 && st.st_ino == f->st.st_ino &&
	       st.st_dev == f->st.st_dev;
}

static struct client_file *find_configured(const struct examination *x, const char *path)
{
	for (size_t i = 0; i < x->n_files; i++)
		if (is_same_file(&x->files[i], path))
			return &x->files[i];
	return NULL;
}

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), n_end = strlen(end);

	return n >= n_end && strcmp(path + n - n_end, end) == 0;
}

/* docker reads config.json in a directory, of whatever name, and Watchtower a mounted one. */
static unsigned clients_of(const struct client_file *f)
{
	return CLIENT_PODMAN |
	       (ends_with(f->path, "/config.json") ? CLIENT_DOCKER | CLIENT_WATCHTOWER : 0);
}

static bool is_amazons(const struct secret *auth)
{
	_secret_ struct secret text = {};

	return base64_decode(secret_string(auth), auth->size, &text) == 0 &&
	       strncmp(secret_string(&text), "AWS:", 4) == 0;
}

static bool is_wanted(const struct examine_host *host, const struct client_entry *e)
{
	if (e->has_identity_token)
		return false;
	return host->auth ? secret_equal(&e->auth, host->auth) : is_amazons(&e->auth);
}

/* Whether we wrote this auth there, at some time. */
static bool is_ours(const struct examination *x, const struct client_file *f,
        const struct client_entry *e, const char *host)
{
	const struct record_file *r =
	        x->request->record && f->file
	                ? record_find(x->request->record, x->request->user, f->file)
	                : NULL;
	uint64_t hash = merge_hash(secret_string(&e->auth), e->auth.size);

	for (size_t i = 0; r && i < r->n_entries; i++)
		if (strcmp(r->entries[i].host, host) == 0 && r->entries[i].hash == hash)
			return true;
	return false;
}

/* The entry itself, whoever reads it. Returns whether it is as it should be. */
static bool examine_entry(
        struct examination *x, const struct client_file *f, const struct examine_host *host)
{
	const struct client_entry *e = client_config_entry(&f->config, host->host);
	unsigned clients = clients_of(f);
	enum fact_kind kind;

	if (e && is_wanted(host, e))
		return true;
	if (!e || (e->auth.size == 0 && !e->has_identity_token))
		kind = FACT_ENTRY_MISSING;
	else if (e->has_identity_token)
		kind = FACT_IDENTITY_TOKEN;
	else
		kind = is_ours(x, f, e, host->host) ? FACT_ENTRY_OLD : FACT_ENTRY_FOREIGN;
	facts_add(x->facts, kind, clients, f->path, host->host, NULL);
	return false;
}

/* Other keys of the same host, with another auth: some clients take the first that fits. */
static void examine_twins(
        struct examination *x, const struct client_file *f, const struct examine_host *host)
{
	for (size_t i = 0; i < f->config.n_entries; i++) {
		const struct client_entry *e = &f->config.entries[i];
		const char *key = secret_string(&e->key), *slash;

		if (strcmp(key, host->host) == 0 || !docker_key_is_for(key, host->host) ||
		        e->auth.size == 0 || is_wanted(host, e))
			continue;
		slash = strchr(key, '/');
		if (slash && slash[1] && slash[1] != '/' && !strstr(key, "://"))
			continue; /* "host/repository": podman's, and looked at there */
		facts_add(x->facts, FACT_TWIN, clients_of(f), f->path, host->host, key);
	}
}

static bool is_our_helper(const struct lookup *l)
{
	return l->helper && strcmp(l->helper, OUR_HELPER) == 0;
}

static void note_helper(struct examination *x, const char *path, const char *host, unsigned client,
        const struct lookup *l)
{
	if (!*l->helper)
		facts_add(x->facts, FACT_HELPER_EMPTY, client, path, host, NULL);
	else if (!helper_is_installed(x->environment, l->helper))
		facts_add(x->facts, FACT_HELPER_MISSING, client, path, NULL, l->helper);
	else if (is_our_helper(l))
		facts_add(x->facts, FACT_BY_HELPER, client, path, NULL, l->helper);
	else if (l->result == LOOKUP_STORE)
		facts_add(x->facts, FACT_STORE, client, path, NULL, l->helper);
	else
		facts_add(x->facts, FACT_HELPER, client, path, host, l->helper);
}

/* docker, and Watchtower, with this file. Returns the clients that find the entry. */
static unsigned examine_docker(
        struct examination *x, const struct client_file *f, const struct examine_host *host)
{
	struct lookup docker = docker_lookup(&f->config, host->host);
	struct lookup watchtower = watchtower_lookup(&f->config, host->host);
	unsigned good = 0;

	if (docker.result == LOOKUP_ENTRY)
		good |= CLIENT_DOCKER;
	else if (docker.helper)
		note_helper(x, f->path, host->host, CLIENT_DOCKER, &docker);
	if (watchtower.result == LOOKUP_ENTRY)
		good |= CLIENT_WATCHTOWER;
	return good;
}

static void examine_docker_file(struct examination *x, const struct client_file *f)
{
	const struct client_entry *malformed = docker_malformed_entry(&f->config);
	unsigned good = CLIENT_DOCKER | CLIENT_WATCHTOWER;

	if (facts_has(x->facts, FACT_DOCKER_CONFIG, NULL))
		good = CLIENT_WATCHTOWER; /* docker does not get here */
	if (malformed)
		facts_add(x->facts, FACT_MALFORMED, CLIENT_DOCKER | CLIENT_WATCHTOWER, f->path,
		        NULL, secret_string(&malformed->key));
	for (size_t i = 0; i < x->request->n_hosts; i++) {
		const struct examine_host *host = &x->request->hosts[i];

		examine_twins(x, f, host);
		good &= examine_entry(x, f, host) ? examine_docker(x, f, host) : 0;
	}
	if (good && !malformed && x->request->n_hosts > 0)
		facts_add(x->facts, FACT_FOUND, good, f->path, NULL, NULL);
}

/* "host/repository" keys, whose images podman pulls with another entry than ours. */
static void examine_repository_keys(
        struct examination *x, const struct client_file *f, const struct examine_host *host)
{
	size_t n = strlen(host->host);

	for (size_t i = 0; i < f->config.n_entries; i++) {
		const struct client_entry *e = &f->config.entries[i];
		const char *key = secret_string(&e->key);

		if (strncmp(key, host->host, n) == 0 && key[n] == '/' && key[n + 1] &&
		        (e->auth.size > 0 || e->has_identity_token) && !is_wanted(host, e))
			facts_add(x->facts, FACT_REPOSITORY_KEY, CLIENT_PODMAN, f->path, host->host,
			        key);
	}
}

/* What podman does with one file of its list. Returns 1 where it has the entry, 0 where it goes on
 * to the next file, -1 where it ends here without it. */
static int examine_podman_file(
        struct examination *x, const struct client_file *f, const struct examine_host *host)
{
	struct lookup l = podman_lookup(&f->config, host->host);

	examine_repository_keys(x, f, host);
	if (l.result == LOOKUP_HELPER) {
		note_helper(x, f->path, host->host, CLIENT_PODMAN, &l);
		return -1;
	}
	if (l.result == LOOKUP_NOTHING)
		return 0;
	if (is_wanted(host, l.entry))
		return 1;
	if (!f->file)
		facts_add(x->facts, FACT_SHADOWED, CLIENT_PODMAN, f->path, host->host, NULL);
	return -1; /* a configured file's entry is looked at by itself */
}

/* Returns the path where podman finds the entry, or NULL. */
static const char *examine_podman_host(struct examination *x, const struct client_file *chain,
        size_t n, const struct examine_host *host)
{
	for (size_t i = 0; i < n; i++) {
		int r = chain[i].error < 0 ? 0 : examine_podman_file(x, &chain[i], host);

		if (chain[i].error < 0 && chain[i].error != -ENOENT)
			return NULL; /* podman gives up at a file that it cannot read */
		if (r != 0)
			return r > 0 ? chain[i].path : NULL;
	}
	return NULL;
}

static void examine_podman_chain(struct examination *x, const struct client_file *chain, size_t n)
{
	for (size_t i = 0; i < x->request->n_hosts; i++) {
		const char *found = examine_podman_host(x, chain, n, &x->request->hosts[i]);

		if (!found)
			return;
		if (i + 1 == x->request->n_hosts)
			facts_add(x->facts, FACT_FOUND, CLIENT_PODMAN, found, NULL, NULL);
	}
}

/* Opens the files that podman reads. Returns how many of them are configured. */
static size_t open_chain(
        struct examination *x, char *const *paths, size_t n, struct client_file *chain)
{
	size_t configured = 0;
	char detail[384];

	for (size_t i = 0; i < n; i++) {
		struct client_file *same = find_configured(x, paths[i]);

		chain[i] = (struct client_file){
		        .path = xstrdup(paths[i]), .file = same ? same->file : NULL};
		client_file_open(&chain[i], detail, sizeof(detail));
		configured += same != NULL;
	}
	return configured;
}

/* A file that podman reads before ours, and gives up at. */
static void examine_broken_files(struct examination *x, const struct client_file *chain, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct client_file again = {};
		char detail[384];

		if (chain[i].error >= 0 || chain[i].error == -ENOENT || chain[i].file)
			continue;
		again.path = xstrdup(chain[i].path);
		client_file_open(&again, detail, sizeof(detail));
		client_file_done(&again);
		facts_add(x->facts, FACT_SHADOW_BROKEN, CLIENT_PODMAN, chain[i].path, NULL, detail);
	}
}

static bool is_in(const struct client_file *chain, size_t n, const struct client_file *f)
{
	for (size_t i = 0; i < n; i++)
		if (is_same_file(f, chain[i].path))
			return true;
	return false;
}

/* Each configured file that podman does not read by itself is for REGISTRY_AUTH_FILE. */
static void examine_others(struct examination *x, const struct client_file *chain, size_t n)
{
	for (size_t i = 0; i < x->n_files; i++)
		if (x->files[i].error == 0 && !is_in(chain, n, &x->files[i]))
			examine_podman_chain(x, &x->files[i], 1);
}

/*
 * Whether a variable sends podman to a file of somebody else's, and the usual ones would be ours.
 */
static bool examine_podman_environment(struct examination *x, const char *path)
{
	struct client_environment usual = *x->environment;
	char *paths[PODMAN_MAX_PATHS];
	bool is_hidden = false;
	size_t n;

	usual.registry_auth_file = usual.docker_config = NULL;
	n = podman_paths(&usual, paths);
	for (size_t i = 0; i < n; i++) {
		is_hidden |= find_configured(x, paths[i]) != NULL;
		free(paths[i]);
	}
	if (is_hidden)
		facts_add(x->facts, FACT_AUTH_FILE, CLIENT_PODMAN, path, NULL,
		        x->environment->registry_auth_file ? "REGISTRY_AUTH_FILE"
		                                           : "DOCKER_CONFIG");
	return is_hidden;
}

static void examine_podman(struct examination *x)
{
	_cleanup_(freep) char *helpers_only = registries_conf_find(x->environment->home);
	struct client_file chain[PODMAN_MAX_PATHS] = {};
	char *paths[PODMAN_MAX_PATHS];
	size_t n = podman_paths(x->environment, paths);
	size_t configured = open_chain(x, paths, n, chain);

	bool is_hidden = false;

	if (helpers_only && configured > 0) {
		facts_add(x->facts, FACT_HELPERS_ONLY, CLIENT_PODMAN, helpers_only, NULL, NULL);
	} else if (configured > 0) {
		examine_broken_files(x, chain, n);
		examine_podman_chain(x, chain, n);
	} else if (n == 1) {
		is_hidden = examine_podman_environment(x, paths[0]);
	}
	if (!is_hidden && !helpers_only)
		examine_others(x, chain, n);
	for (size_t i = 0; i < n; i++) {
		client_file_done(&chain[i]);
		free(paths[i]);
	}
}

/* Where DOCKER_CONFIG sends docker elsewhere, and its usual file would be ours. */
static void examine_docker_environment(struct examination *x)
{
	struct client_environment usual = *x->environment;
	_cleanup_(freep) char *path = docker_config_path(x->environment), *usual_path = NULL;

	usual.docker_config = NULL;
	usual_path = docker_config_path(&usual);
	if (x->environment->docker_config && !find_configured(x, path) &&
	        find_configured(x, usual_path))
		facts_add(x->facts, FACT_DOCKER_CONFIG, CLIENT_DOCKER, path, NULL, NULL);
}

/* docker from 28.3 on, and GitLab's runner, take the credentials in it before the file's. */
static void examine_auth_config(struct examination *x, const char *text)
{
	_cleanup_(client_config_done) struct client_config c = {};

	if (!text || client_config_parse(text, strlen(text), &c, NULL) < 0)
		return;
	for (size_t i = 0; i < x->request->n_hosts; i++) {
		const struct examine_host *host = &x->request->hosts[i];
		const struct client_entry *e = client_config_entry(&c, host->host);

		if (e && !is_wanted(host, e))
			facts_add(
			        x->facts, FACT_AUTH_CONFIG, CLIENT_DOCKER, NULL, host->host, NULL);
	}
}

/* The writer replaces the file, so that it is the directory that the user has to be able to write
 * to. */
static void examine_directory(struct examination *x, const char *real)
{
	_cleanup_(freep) char *copy = xstrdup(real);

	if (access(dirname(copy), W_OK | X_OK) < 0)
		facts_add(x->facts, FACT_FILE_UNWRITABLE, CLIENT_ALL, real, NULL, strerror(errno));
}

static void open_configured(struct examination *x, struct client_file *f)
{
	_cleanup_(freep) char *real = NULL;
	char detail[384];

	client_file_open(f, detail, sizeof(detail));
	if (f->error == -ENOENT) {
		facts_add(x->facts, FACT_FILE_MISSING, clients_of(f), f->path, NULL, NULL);
		return;
	}
	real = realpath(f->path, NULL);
	if (real) {
		facts_add(x->facts, FACT_SEEN, 0, real, NULL, NULL);
		if (f->error == 0)
			examine_directory(x, real);
	}
	if (f->error == -EBADMSG)
		facts_add(x->facts, FACT_FILE_BROKEN, clients_of(f), f->path, NULL, detail);
	else if (f->error < 0)
		facts_add(x->facts, FACT_FILE_UNREADABLE, clients_of(f), f->path, NULL, detail);
}

static void examine_configured(struct examination *x, const struct client_file *f)
{
	if (f->error < 0)
		return;
	if (clients_of(f) & CLIENT_DOCKER) {
		examine_docker_file(x, f);
		return;
	}
	for (size_t i = 0; i < x->request->n_hosts; i++)
		examine_entry(x, f, &x->request->hosts[i]);
}

static void say_environment(struct examination *x)
{
	const struct client_environment *e = x->environment;
	char text[384];

	if (!x->request->is_own_environment)
		return;
	snprintf(text, sizeof(text), "%s%s%s", e->docker_config ? "DOCKER_CONFIG " : "",
	        e->registry_auth_file ? "REGISTRY_AUTH_FILE " : "",
	        e->xdg_config_home ? "XDG_CONFIG_HOME " : "");
	facts_add(x->facts, FACT_ENVIRONMENT, 0, NULL, NULL, text);
}

void examine_files(const struct examine_request *request,
        const struct client_environment *environment, const char *docker_auth_config,
        struct facts *ret)
{
	struct examination x = {.request = request, .environment = environment, .facts = ret};

	x.files = xcalloc(request->n_files + 1, sizeof(*x.files));
	for (size_t i = 0; i < request->n_files; i++) {
		const char *file = request->files[i];
		struct client_file *f = &x.files[x.n_files++];

		f->file = file;
		f->path = strncmp(file, "~/", 2) == 0
		                  ? xasprintf("%s/%s", environment->home, file + 2)
		                  : xstrdup(file);
		open_configured(&x, f);
	}
	say_environment(&x);
	examine_docker_environment(&x);
	for (size_t i = 0; i < x.n_files; i++)
		examine_configured(&x, &x.files[i]);
	examine_podman(&x);
	examine_auth_config(&x, docker_auth_config);
	for (size_t i = 0; i < x.n_files; i++)
		client_file_done(&x.files[i]);
	free(x.files);
}

/* What a fresh login would have: pam_systemd makes the runtime directory. */
static char *usual_runtime_dir(uid_t uid)
{
	_cleanup_(freep) char *path = xasprintf("/run/user/%u", uid);
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid ? TAKE_PTR(path)
	                                                                        : NULL;
}

static void examine_as(
        const struct examine_request *request, const struct passwd *pw, struct facts *ret)
{
	_cleanup_(freep) char *home =
	        request->is_own_environment && pw->pw_uid != 0 ? paths_home() : xstrdup(pw->pw_dir);
	_cleanup_(freep) char *runtime_dir = usual_runtime_dir(pw->pw_uid);
	_cleanup_(freep) char *path =
	        home ? xasprintf(USUAL_PATH ":%s/.local/bin:%s/bin", home, home) : NULL;
	struct client_environment e = {
	        .home = home, .uid = pw->pw_uid, .xdg_runtime_dir = runtime_dir, .path = path};
	struct stat st;

	if (request->is_own_environment) {
		e.docker_config = environment_get("DOCKER_CONFIG");
		e.registry_auth_file = environment_get("REGISTRY_AUTH_FILE");
		e.xdg_runtime_dir = environment_get("XDG_RUNTIME_DIR");
		e.xdg_config_home = environment_get("XDG_CONFIG_HOME");
		e.path = environment_get("PATH");
	}
	if (!home || home[0] != '/' || stat(home, &st) < 0) {
		facts_add(ret, FACT_NO_HOME, 0, home, NULL, strerror(errno));
		return;
	}
	examine_files(request, &e,
	        request->is_own_environment ? environment_get("DOCKER_AUTH_CONFIG") : NULL, ret);
}

void examine_user(const struct examine_request *request, struct facts *ret)
{
	struct passwd *pw;
	int r;

	errno = 0;
	pw = getpwnam(request->user);
	if (!pw) {
		facts_add(ret, FACT_NO_USER, 0, NULL, NULL,
		        errno == 0 || errno == ENOENT || errno == ESRCH ? "there is no such account"
		                                                        : strerror(errno));
		return;
	}
	r = become_user(pw);
	if (r < 0)
		facts_add(ret, FACT_NO_USER, 0, NULL, NULL, strerror(-r));
	else
		examine_as(request, pw, ret);
}
