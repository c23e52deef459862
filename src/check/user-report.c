/* SPDX-License-Identifier: Apache-2.0 */
/* Texts only; the facts have been made printable. */
#include "user-report.h"

#include <errno.h>
#include <string.h>

#include "../common/alloc.h"

/* One fact on its way to a finding. */
struct report {
	const struct checkup *c;
	const struct user_facts *u;
	const struct fact *fact;
	struct findings *findings;
};

/* "docker", "docker and podman", "docker, podman and Watchtower". */
static const char *client_names(unsigned clients)
{
	static const char *const names[] = {"no client", "docker", "podman", "docker and podman",
	        "Watchtower", "docker and Watchtower", "podman and Watchtower",
	        "docker, podman and Watchtower"};

	return names[clients & CLIENT_ALL];
}

/* "docker does not", "docker and podman do not". */
static const char *does_not(unsigned clients)
{
	return (clients & (clients - 1)) ? "do not" : "does not";
}

/* Whose shell a command is for, where that is not the shell that asks. */
static const char *as_user(const struct report *r, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (!r->u->is_own_environment)
		snprintf(buffer, size, "sudo -iu %s ", r->u->user);
	return buffer;
}

/* With sudo where the file is another user's. */
static void say_edit(const struct report *r, struct finding *f, const char *what)
{
	finding_say(f, "edit %s: %s", r->fact->path, what);
}

char *user_report_quote(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                            "_./:@%+=,-";
	char *quoted, *to;

	if (*word && *word != '-' && strspn(word, plain) == strlen(word))
		return xstrdup(word);
	quoted = to = xcalloc(4 * strlen(word) + 3, 1);
	*to++ = '\'';
	for (; *word; word++)
		to = *word == '\'' ? stpcpy(to, "'\\''") : (*to = *word, to + 1);
	*to = '\'';
	return quoted;
}

/* Puts a file out of the way; its owner does it, so that nothing is done with root's rights. */
static void type_move(const struct report *r, struct finding *f)
{
	char buffer[300];
	_cleanup_(freep) char *old = xasprintf("%s.old", r->fact->path);
	_cleanup_(freep) char *from = user_report_quote(r->fact->path),
	                      *to = user_report_quote(old);

	finding_type(f, "%smv %s %s", as_user(r, buffer, sizeof(buffer)), from, to);
}

static void type_logout(const struct report *r, struct finding *f, const char *key)
{
	char buffer[300];
	_cleanup_(freep) char *file = user_report_quote(r->fact->path),
	                      *quoted = user_report_quote(key);

	finding_type(f, "%spodman logout --authfile %s %s", as_user(r, buffer, sizeof(buffer)),
	        file, quoted);
}

static void type_refresh(const struct report *r, struct finding *f)
{
	finding_type(f, "%s", checkup_refresh(r->c));
}

static void report_found(const struct report *r)
{
	findings_add(r->findings, FINDING_GOOD, "%s: %s %s %s in %s", r->u->user,
	        client_names(r->fact->clients),
	        (r->fact->clients & (r->fact->clients - 1)) ? "find" : "finds",
	        r->u->n_hosts == 1 ? "the entry" : "all entries", r->fact->path);
}

/* Our helper answers with the service's tokens where it can. */
static bool may_read_tokens(const struct report *r)
{
	return r->c->scope == SCOPE_OWN || strcmp(r->u->user, "root") == 0;
}

static void say_own_identity(const struct report *r, struct finding *f)
{
	finding_say(f,
	        "that helper cannot read the tokens of the host's service: %s needs an AWS "
	        "identity of its own for it",
	        r->u->user);
}

static void report_by_helper(const struct report *r)
{
	struct finding *f = findings_add(r->findings, FINDING_GOOD,
	        "%s: %s %s docker-credential-%s, as %s says", r->u->user,
	        client_names(r->fact->clients),
	        (r->fact->clients & (r->fact->clients - 1)) ? "ask" : "asks", r->fact->detail,
	        r->fact->path);
	if (!may_read_tokens(r))
		say_own_identity(r, f);
}

static void report_no_user(const struct report *r)
{
	struct finding *f =
	        findings_add_bad(r->findings, "no-such-user", "%s: cannot be served", r->u->user);

	finding_say(f, "%s", r->fact->detail);
	finding_say(f, "create the account, or take [user %s] out of the ini", r->u->user);
	finding_type(f, "getent passwd '%s'", r->u->user);
}

static void report_no_home(const struct report *r)
{
	struct finding *f = findings_add_bad(
	        r->findings, "no-home", "%s: there is no home directory", r->u->user);

	finding_say(f, "%s: %s", r->fact->path, r->fact->detail);
	finding_say(f, "create or mount it, or name absolute paths with files =");
}

static void report_file_missing(const struct report *r)
{
	struct finding *f = findings_add_bad(
	        r->findings, "file-missing", "%s: %s is not there", r->u->user, r->fact->path);

	finding_say(f, "no run has written it since it was configured or removed");
	type_refresh(r, f);
}

static void report_file_unreadable(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "file-unreadable",
	        "%s: %s cannot read %s", r->u->user, client_names(r->fact->clients), r->fact->path);

	finding_say(f, "as %s: %s", r->u->user, r->fact->detail);
	if (strcmp(r->fact->detail, strerror(ENOTDIR)) == 0) {
		finding_say(f, "a file stands where a directory is needed; move it away");
		type_refresh(r, f);
		return;
	}
	if (strcmp(r->fact->detail, "it is a directory") == 0)
		finding_say(f, "docker makes one where a container mounts a file that is not "
		               "there: mount the directory above it");
	finding_say(f,
	        "give it back to %s, or move it away: the entries come anew, others it may "
	        "have do not",
	        r->u->user);
	type_move(r, f);
	type_refresh(r, f);
}

/* No command: a directory that a path of the user's leads to is not given away blindly. */
static void report_file_unwritable(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "file-unwritable",
	        "%s: %s cannot be replaced", r->u->user, r->fact->path);

	finding_say(f, "as %s, its directory: %s; the present entry will expire there", r->u->user,
	        r->fact->detail);
	finding_say(f, "let %s own that directory, or name another file with files =", r->u->user);
}

static void report_file_broken(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "file-broken",
	        "%s: %s cannot be read by any client", r->u->user, r->fact->path);

	finding_say(f, "%s", r->fact->detail);
	finding_say(f, "mend that line, or move the file away; ecr-refresher never overwrites it");
	type_move(r, f);
	type_refresh(r, f);
}

static void report_entry_missing(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "entry-missing",
	        "%s: %s has no entry for %s", r->u->user, r->fact->path, r->fact->host);

	finding_say(f, "somebody has taken it out (docker logout?) since the last run");
	type_refresh(r, f);
}

static void report_entry_old(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "entry-old",
	        "%s: %s has an older token for %s", r->u->user, r->fact->path, r->fact->host);

	finding_say(f, "the present one has not been written to it yet");
	type_refresh(r, f);
}

static void report_entry_foreign(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "entry-replaced",
	        "%s: %s has another entry for %s than ours", r->u->user, r->fact->path,
	        r->fact->host);

	finding_say(f, "somebody else writes it, too (a docker login in cron?); it dies after 12 "
	               "hours, ours comes back with the next run");
	type_refresh(r, f);
}

static void report_identity_token(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "identity-token",
	        "%s: an identitytoken hides the entry for %s", r->u->user, r->fact->host);

	finding_say(f, "%s has one beside auth, and the clients prefer it", r->fact->path);
	type_refresh(r, f);
}

static void report_twin(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "twin-key",
	        "%s: %s has a second entry for %s", r->u->user, r->fact->path, r->fact->host);

	finding_say(f, "\"%s\" has other credentials; some clients take that one", r->fact->detail);
	type_refresh(r, f);
}

static void report_malformed(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "entry-malformed",
	        "%s: docker cannot read all of %s", r->u->user, r->fact->path);
	_cleanup_(freep) char *what = xasprintf("take \"%s\" out of \"auths\"", r->fact->detail);

	finding_say(f,
	        "the auth of \"%s\" is no base64 of name:password; docker warns, and now "
	        "and then loses the other entries, ours among them",
	        r->fact->detail);
	say_edit(r, f, what);
}

static void report_helper(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "credhelpers-hide",
	        "%s: %s %s use our entry for %s", r->u->user, client_names(r->fact->clients),
	        does_not(r->fact->clients), r->fact->host);
	_cleanup_(freep) char *what = xasprintf(
	        "take \"%s\": \"%s\" out of \"credHelpers\"", r->fact->host, r->fact->detail);

	finding_say(f, "credHelpers in %s names docker-credential-%s, which is asked instead",
	        r->fact->path, r->fact->detail);
	say_edit(r, f, what);
}

static void report_store(const struct report *r)
{
	struct finding *f =
	        findings_add_bad(r->findings, "credsstore-hides", "%s: %s %s use our entries",
	                r->u->user, client_names(r->fact->clients), does_not(r->fact->clients));

	finding_say(f, "credsStore in %s names docker-credential-%s, which is asked instead",
	        r->fact->path, r->fact->detail);
	say_edit(r, f, "take \"credsStore\" out");
	if (r->fact->clients & CLIENT_DOCKER)
		finding_say(f, "where other registries need it: \"credHelpers\": {\"HOST\": "
		               "\"ecr-refresher\"} for each of ours (not for Watchtower)");
	if ((r->fact->clients & CLIENT_DOCKER) && !may_read_tokens(r))
		say_own_identity(r, f);
}

static void report_helper_missing(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "helper-missing",
	        "%s: docker-credential-%s is not installed", r->u->user, r->fact->detail);

	finding_say(f, "%s names it in credHelpers or credsStore", r->fact->path);
	if (r->fact->clients & CLIENT_PODMAN)
		finding_say(f, "podman fails for want of it");
	if (r->fact->clients & CLIENT_DOCKER)
		finding_say(f, "docker pull falls back to our entry, docker build fails");
	say_edit(r, f, "take it out, or install the program");
}

static void report_helper_empty(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "credhelpers-empty",
	        "%s: podman cannot pull from %s", r->u->user, r->fact->host);

	finding_say(f,
	        "credHelpers in %s has \"\" for it, by which docker means the file, and "
	        "podman a program named docker-credential-",
	        r->fact->path);
	say_edit(r, f, "put \"ecr-refresher\" there, or take the line out");
}

static void report_repository_key(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "repository-key",
	        "%s: podman pulls %s with another entry than ours", r->u->user, r->fact->detail);

	finding_say(f, "%s has one for \"%s\", and podman takes the longest key that fits",
	        r->fact->path, r->fact->detail);
	type_logout(r, f, r->fact->detail);
}

static void report_shadowed(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "auth-json-shadows",
	        "%s: podman does not use our entry for %s", r->u->user, r->fact->host);

	finding_say(f, "it reads %s first, which has another one; podman login wrote it",
	        r->fact->path);
	type_logout(r, f, r->fact->host);
}

/* Below a directory that root has made for its own containers. */
static bool is_without_runtime_dir(const struct report *r)
{
	return strncmp(r->fact->path, "/run/containers/", strlen("/run/containers/")) == 0 &&
	       strcmp(r->fact->detail, strerror(EACCES)) == 0;
}

static void report_shadow_broken(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "auth-json-broken",
	        "%s: podman does not get as far as our entries", r->u->user);

	finding_say(f, "it reads %s first, and gives up at it: %s", r->fact->path, r->fact->detail);
	if (is_without_runtime_dir(r)) {
		_cleanup_(freep) char *user = user_report_quote(r->u->user);

		finding_say(f, "it looks there without $XDG_RUNTIME_DIR, which a login session "
		               "has, and lingering makes the directory for:");
		finding_type(f, "sudo loginctl enable-linger %s", user);
		if (r->u->is_own_environment)
			finding_type(f, "export XDG_RUNTIME_DIR=/run/user/$(id -u)");
		return;
	}
	finding_say(f, "mend that file, or move it away");
	type_move(r, f);
}

static void report_docker_config(const struct report *r)
{
	struct finding *f = findings_add_bad(
	        r->findings, "docker-config", "%s: docker does not read our file", r->u->user);

	finding_say(f, "DOCKER_CONFIG sends it to %s, which is not configured", r->fact->path);
	finding_say(f, "unset DOCKER_CONFIG, or add that path to files = in [user %s]", r->u->user);
	finding_type(f, "unset DOCKER_CONFIG");
}

static void report_auth_file(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings,
	        strcmp(r->fact->detail, "DOCKER_CONFIG") == 0 ? "docker-config"
	                                                      : "registry-auth-file",
	        "%s: podman does not read our file", r->u->user);

	finding_say(
	        f, "%s sends it to %s, which is not configured", r->fact->detail, r->fact->path);
	finding_say(f, "unset it, or add that path to files = in [user %s]", r->u->user);
	finding_type(f, "unset %s", r->fact->detail);
}

static void report_auth_config(const struct report *r)
{
	struct finding *f = findings_add_bad(r->findings, "docker-auth-config",
	        "%s: DOCKER_AUTH_CONFIG has other credentials for %s", r->u->user, r->fact->host);

	finding_say(f, "docker (from 28.3) and GitLab's runner take what is in that variable "
	               "before any file");
	finding_say(f, "take the registry out of the variable where it is set");
	finding_type(f, "unset DOCKER_AUTH_CONFIG");
}

static void report_helpers_only(const struct report *r)
{
	struct finding *f = findings_add_bad(
	        r->findings, "credential-helpers", "%s: podman reads no file of ours", r->u->user);

	finding_say(f,
	        "credential-helpers in %s does not have \"containers-auth.json\", which "
	        "stands for the files",
	        r->fact->path);
	say_edit(r, f, "put \"containers-auth.json\" first in credential-helpers");
}

static void (*const reports[FACT_KIND_COUNT])(const struct report *r) = {
        [FACT_FOUND] = report_found,
        [FACT_BY_HELPER] = report_by_helper,
        [FACT_NO_USER] = report_no_user,
        [FACT_NO_HOME] = report_no_home,
        [FACT_FILE_MISSING] = report_file_missing,
        [FACT_FILE_UNREADABLE] = report_file_unreadable,
        [FACT_FILE_UNWRITABLE] = report_file_unwritable,
        [FACT_FILE_BROKEN] = report_file_broken,
        [FACT_ENTRY_MISSING] = report_entry_missing,
        [FACT_ENTRY_OLD] = report_entry_old,
        [FACT_ENTRY_FOREIGN] = report_entry_foreign,
        [FACT_IDENTITY_TOKEN] = report_identity_token,
        [FACT_TWIN] = report_twin,
        [FACT_MALFORMED] = report_malformed,
        [FACT_HELPER] = report_helper,
        [FACT_STORE] = report_store,
        [FACT_HELPER_MISSING] = report_helper_missing,
        [FACT_HELPER_EMPTY] = report_helper_empty,
        [FACT_REPOSITORY_KEY] = report_repository_key,
        [FACT_SHADOWED] = report_shadowed,
        [FACT_SHADOW_BROKEN] = report_shadow_broken,
        [FACT_DOCKER_CONFIG] = report_docker_config,
        [FACT_AUTH_FILE] = report_auth_file,
        [FACT_AUTH_CONFIG] = report_auth_config,
        [FACT_HELPERS_ONLY] = report_helpers_only,
};

/* Whether a fact says by itself why this file failed. */
static bool is_explained(const struct facts *facts, const struct status_file *file)
{
	static const enum fact_kind kinds[] = {
	        FACT_FILE_MISSING, FACT_FILE_UNREADABLE, FACT_FILE_UNWRITABLE, FACT_FILE_BROKEN};
	const char *end = file->file[0] == '~' ? file->file + 1 : file->file;

	if (facts_has(facts, FACT_NO_USER, NULL) || facts_has(facts, FACT_NO_HOME, NULL))
		return true;
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->items[i];
		size_t n = strlen(fact->path), n_end = strlen(end);

		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			if (fact->kind == kinds[k] && n >= n_end &&
			        strcmp(fact->path + n - n_end, end) == 0 &&
			        (kinds[k] != FACT_FILE_MISSING || !*file->failure.code))
				return true;
	}
	return false;
}

/* What the last run could not do, where nothing that was seen now explains it. */
static void report_failures(
        const struct checkup *c, const struct user_facts *u, struct findings *ret)
{
	for (size_t i = 0; i < c->status.n_files; i++) {
		const struct status_file *file = &c->status.files[i];
		struct finding *f;

		if (strcmp(file->user, u->user) != 0 || !*file->failure.code ||
		        is_explained(&u->facts, file))
			continue;
		f = findings_add_bad(ret, "file-failed", "%s: the last run could not write %s",
		        u->user, file->path ? file->path : file->file);
		finding_say(f, "%s", file->failure.text);
		finding_type(f, "%s", checkup_refresh(c));
	}
}

static const char *environment_of(const struct user_facts *u)
{
	for (size_t i = 0; i < u->facts.count; i++)
		if (u->facts.items[i].kind == FACT_ENVIRONMENT)
			return u->facts.items[i].detail;
	return "";
}

/* Which environment was looked at: a variable in a profile or a unit can change every answer. */
static void say_environment(const struct user_facts *u, struct finding *f)
{
	if (u->says_environment)
		finding_say(f,
		        "(as after a login without DOCKER_CONFIG, REGISTRY_AUTH_FILE and the "
		        "like; a user's own 'ecr-refresher check' sees those)");
	else if (*environment_of(u))
		finding_say(f, "(with this shell's %s)", environment_of(u));
}

void user_report(const struct checkup *c, const struct user_facts *u, struct findings *ret)
{
	size_t first = ret->count;
	struct finding *f;

	if (u->is_unanswered) {
		f = findings_add_bad(ret, "user-timeout", "%s: the files do not answer", u->user);
		finding_say(f, "nothing came back in 10 s; does the file system of the home "
		               "directory answer?");
		return;
	}
	for (size_t i = 0; i < u->facts.count; i++) {
		struct report r = {c, u, &u->facts.items[i], ret};

		if (reports[r.fact->kind])
			reports[r.fact->kind](&r);
	}
	report_failures(c, u, ret);
	if (ret->count > first)
		say_environment(u, &ret->items[first]);
}
