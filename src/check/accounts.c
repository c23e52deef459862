/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local accounts. Root controls the files. The caller's shell controls the environment, so
 * SUDO_USER is used only if the user database confirms it.
 */
#include "check/accounts.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/subprocess.h"
#include "base/timespan.h"
#include "base/timestamp.h"

#define DOCKER_GROUP "docker"
#define GETENT_TIMEOUT_USEC (5 * USEC_PER_SEC)

static void add(struct accounts *a, const char *name, bool may_use_docker)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i].name, name) == 0) {
			a->items[i].may_use_docker |= may_use_docker;
			return;
		}
	if (a->count < ACCOUNTS_MAX && strcmp(name, "root") != 0)
		*(struct account *)array_append(&a->items, &a->count, sizeof(*a->items)) =
		        (struct account){xstrdup(name), may_use_docker};
}

/* Adds the members of the group docker. Returns its gid, or -1. */
static int64_t add_docker_group(struct accounts *a, FILE *file)
{
	struct group *group;

	while ((group = fgetgrent(file))) {
		if (strcmp(group->gr_name, DOCKER_GROUP) != 0)
			continue;
		for (char **member = group->gr_mem; *member; member++)
			add(a, *member, true);
		return group->gr_gid;
	}
	return -1;
}

void accounts_list(const char *passwd_path, const char *group_path, struct accounts *ret)
{
	_cleanup_(fclosep) FILE *passwd = fopen(passwd_path, "re");
	_cleanup_(fclosep) FILE *group = fopen(group_path, "re");
	struct accounts a = {};
	int64_t docker = group ? add_docker_group(&a, group) : -1;
	struct passwd *pw;

	while (passwd && (pw = fgetpwent(passwd)))
		if (pw->pw_uid != 0)
			add(&a, pw->pw_name, pw->pw_gid == docker);
	*ret = a;
}

void accounts_done(struct accounts *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->items[i].name);
	free(a->items);
	*a = (struct accounts){};
}

/* Reports whether a line of getent(1), "NAME:PASSWORD:UID:…", has this name and uid. */
static bool has_name_and_uid(const char *line, const char *name, const char *uid)
{
	size_t n = strlen(name), n_uid = strlen(uid);
	const char *at;

	if (strncmp(line, name, n) != 0 || line[n] != ':')
		return false;
	at = strchr(line + n + 1, ':');
	return at && strncmp(at + 1, uid, n_uid) == 0 && at[1 + n_uid] == ':';
}

char *accounts_find_caller(void)
{
	const char *name = environment_get("SUDO_USER"), *uid = environment_get("SUDO_UID");
	const char *argv[] = {"getent", "passwd", "--", name, NULL};
	_secret_ struct secret text = {};
	int status = 0;

	if (!name || !uid || strcmp(uid, "0") == 0)
		return NULL;
	if (subprocess_run(&(struct subprocess){.argv = argv},
	            monotonic_now() + GETENT_TIMEOUT_USEC, &text, &status) < 0 ||
	        status != 0 || !has_name_and_uid(secret_string(&text), name, uid))
		return NULL;
	return xstrdup(name);
}
