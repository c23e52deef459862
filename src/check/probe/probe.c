/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A probe of one user's files. The user controls the files and, in the user's own check, the
 * environment.
 */
#include "check/probe/probe.h"

#include <errno.h>
#include <libgen.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "base/drop-privileges.h"
#include "base/environment.h"
#include "check/probe/probe-account.h"
#include "check/probe/probe-common.h"
#include "check/probe/probe-docker.h"
#include "check/probe/probe-helper-use.h"
#include "check/probe/probe-podman.h"
#include "config/paths.h"

#define USUAL_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"

/* The writer replaces the file, so the user must be able to write to its directory. */
static void probe_directory(struct probe *x, const char *real)
{
	_cleanup_(freep) char *copy = xstrdup(real);

	if (access(dirname(copy), W_OK | X_OK) < 0)
		facts_add(x->facts, FACT_FILE_UNWRITABLE, CLIENT_ALL, real, NULL, strerror(errno));
}

static void open_configured(struct probe *x, struct client_file *f)
{
	_cleanup_(freep) char *real = NULL;

	client_file_open(f);
	if (f->error == -ENOENT) {
		facts_add(x->facts, FACT_FILE_MISSING, client_file_clients(f), f->path, NULL, NULL);
		return;
	}
	real = realpath(f->path, NULL);
	if (real) {
		facts_add(x->facts, FACT_SEEN, 0, real, NULL, NULL);
		if (f->error == 0)
			probe_directory(x, real);
	}
	if (f->error == -EBADMSG)
		facts_add(x->facts, FACT_FILE_BROKEN, client_file_clients(f), f->path, NULL,
		        f->detail);
	else if (f->error < 0)
		facts_add(x->facts, FACT_FILE_UNREADABLE, client_file_clients(f), f->path, NULL,
		        f->detail);
}

static void probe_configured(struct probe *x, const struct client_file *f)
{
	if (f->error < 0)
		return;
	if (client_file_clients(f) & CLIENT_DOCKER) {
		probe_docker_file(x, f);
		return;
	}
	for (size_t i = 0; i < x->request->n_hosts; i++)
		probe_entry(x, f, &x->request->hosts[i]);
}

void probe_files(const struct probe_request *request, const struct client_environment *environment,
        const char *docker_auth_config, struct facts *ret)
{
	struct probe x = {.request = request, .environment = environment, .facts = ret};

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
	probe_add_environment_fact(&x);
	probe_docker_environment(&x);
	for (size_t i = 0; i < x.n_files; i++)
		probe_configured(&x, &x.files[i]);
	probe_podman(&x);
	probe_docker_auth_config(&x, docker_auth_config);
	for (size_t i = 0; i < x.n_files; i++)
		client_file_done(&x.files[i]);
	free(x.files);
}

/* Returns the runtime directory that pam_systemd creates at a login, or NULL. Owned. */
static char *usual_runtime_dir(uid_t uid)
{
	_cleanup_(freep) char *path = xasprintf("/run/user/%u", uid);
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid ? TAKE_PTR(path)
	                                                                        : NULL;
}

static void probe_as(
        const struct probe_request *request, const struct passwd *pw, struct facts *ret)
{
	_cleanup_(freep) char *home =
	        request->is_own_environment && pw->pw_uid != 0 ? paths_home() : xstrdup(pw->pw_dir);
	_cleanup_(freep) char *runtime_dir = usual_runtime_dir(pw->pw_uid);
	_cleanup_(freep) char *path =
	        home ? xasprintf(USUAL_PATH ":%s/.local/bin:%s/bin", home, home) : NULL;
	struct client_environment e = {
	        .home = home, .uid = pw->pw_uid, .xdg_runtime_dir = runtime_dir, .path = path};
	const char *auth_config = NULL;
	struct stat st;

	if (request->is_own_environment) {
		auth_config = environment_get("DOCKER_AUTH_CONFIG");
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
	if (request->kind == PROBE_FILES)
		probe_files(request, &e, auth_config, ret);
	else if (request->kind == PROBE_HELPER_USE)
		probe_helper_use(request, &e, auth_config, ret);
	else
		probe_account(request, &e, ret);
}

void probe_user(const struct probe_request *request, struct facts *ret)
{
	struct passwd *pw;
	int r;

	errno = 0;
	pw = getpwnam(request->user);
	if (!pw) {
		facts_add(ret, FACT_NO_USER, 0, NULL, NULL,
		        errno == 0 || errno == ENOENT || errno == ESRCH
		                ? "the account does not exist"
		                : strerror(errno));
		return;
	}
	r = drop_privileges(pw);
	if (r < 0) {
		facts_add(ret, FACT_NO_USER, 0, NULL, NULL, strerror(-r));
		return;
	}
	/* The change of user has reset both. */
	forbid_dumps();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	probe_as(request, pw, ret);
}
