/* SPDX-License-Identifier: Apache-2.0 */
/* Variables and other files that a client prefers to our entry. Users control them. */
#include "check/diagnose/diagnose-overrides.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "check/diagnose/diagnose-text.h"

static void report_repository_key(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "repository-key",
	        "%s: podman does not use our entry to pull %s", d->u->user, d->fact->detail);

	finding_add_line(f, "%s has one for \"%s\", and podman uses the longest key that matches",
	        d->fact->path, d->fact->detail);
	diagnose_type_logout(d, f, d->fact->detail);
}

static void report_shadowed(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "auth-json-shadows",
	        d->c->scope == SCOPE_PULL ? "%s: podman does not ask our helper for %s"
	                                  : "%s: podman does not use our entry for %s",
	        d->u->user, d->fact->host);

	finding_add_line(
	        f, "it reads %s first, which has another one from podman login", d->fact->path);
	diagnose_type_logout(d, f, d->fact->host);
}

/* Reports whether the file is in /run/containers, which root has created for its containers. */
static bool lacks_runtime_dir(const struct diagnosis *d)
{
	return strncmp(d->fact->path, "/run/containers/", strlen("/run/containers/")) == 0 &&
	       strcmp(d->fact->detail, strerror(EACCES)) == 0;
}

/* skopeo only: podman and buildah create their own directory there. */
static void add_runtime_dir(const struct diagnosis *d, struct finding *f)
{
	_cleanup_(freep) char *user = diagnose_quote(d->u->user);

	finding_add_line(f,
	        "it does so without $XDG_RUNTIME_DIR, which a login session sets; cron jobs "
	        "must set it, and need lingering, which creates the directory");
	finding_add_command(f, "sudo loginctl enable-linger %s", user);
	if (d->u->is_own_environment)
		finding_add_command(f, "export XDG_RUNTIME_DIR=/run/user/$(id -u)");
}

static void report_shadow_broken(const struct diagnosis *d)
{
	bool has_no_dir = lacks_runtime_dir(d);
	struct finding *f = findings_add_bad(d->findings, "auth-json-broken",
	        "%s: %s does not reach our %s", d->u->user, has_no_dir ? "skopeo" : "podman",
	        d->c->scope == SCOPE_PULL ? "helper" : "entries");

	finding_add_line(f, "it reads %s first, and fails: %s", d->fact->path, d->fact->detail);
	if (has_no_dir) {
		add_runtime_dir(d, f);
		return;
	}
	finding_add_line(f, "fix that file, or move it away");
	diagnose_type_move(d, f);
}

static void report_docker_config(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(
	        d->findings, "docker-config", "%s: docker does not read our file", d->u->user);

	finding_add_line(
	        f, "DOCKER_CONFIG makes it read %s, which is not configured", d->fact->path);
	finding_add_line(
	        f, "unset DOCKER_CONFIG, or add that path to files = in [user %s]", d->u->user);
	finding_add_command(f, "unset DOCKER_CONFIG");
}

static void report_auth_file(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings,
	        strcmp(d->fact->detail, "DOCKER_CONFIG") == 0 ? "docker-config"
	                                                      : "registry-auth-file",
	        "%s: podman does not read our file", d->u->user);

	finding_add_line(
	        f, "%s makes it read %s, which is not configured", d->fact->detail, d->fact->path);
	finding_add_line(f, "unset it, or add that path to files = in [user %s]", d->u->user);
	finding_add_command(f, "unset %s", d->fact->detail);
}

static void report_auth_config(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "docker-auth-config",
	        "%s: DOCKER_AUTH_CONFIG has other credentials for %s", d->u->user, d->fact->host);

	finding_add_line(
	        f, "docker (from 28.3) and GitLab's runner prefer that variable to any file");
	finding_add_line(f, "remove the registry from the variable");
	finding_add_command(f, "unset DOCKER_AUTH_CONFIG");
}

bool diagnose_override_fact(const struct diagnosis *d)
{
	static diagnose_function *const reports[FACT_KIND_COUNT] = {
	        [FACT_REPOSITORY_KEY] = report_repository_key,
	        [FACT_SHADOWED] = report_shadowed,
	        [FACT_SHADOW_BROKEN] = report_shadow_broken,
	        [FACT_DOCKER_CONFIG] = report_docker_config,
	        [FACT_AUTH_FILE] = report_auth_file,
	        [FACT_AUTH_CONFIG] = report_auth_config,
	};

	return diagnose_by(reports, d);
}
