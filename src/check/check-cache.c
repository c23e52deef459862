/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the helper can keep the user's tokens. The user's environment names the directory, which
 * may be another user's: a chown is only suggested inside the user's home.
 */
#include "check/check-cache.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "check/diagnose/diagnose-text.h"
#include "pull/pull-cache.h"

/* Opens the cache as a pull does. Returns 0 or a negative errno. */
static int try_cache(void)
{
	_cleanup_(closep) int fd = pull_cache_open(false);

	if (fd < 0)
		return fd;
	return faccessat(fd, ".", W_OK | X_OK, 0) < 0 ? -errno : 0;
}

/* Replaces a path by its parent directory. Returns false if it has none. */
static bool go_up(char *path)
{
	_cleanup_(freep) char *copy = xstrdup(path);
	const char *parent = dirname(copy);

	if (strcmp(parent, path) == 0 || strlen(parent) > strlen(path))
		return false;
	strcpy(path, parent);
	return true;
}

/*
 * Finds what prevents the cache from being used or, if it is missing, created. Returns 0 if nothing
 * does, or -errno with the culprit in path.
 */
static int find_culprit(char *path)
{
	_cleanup_(freep) char *above = xstrdup(path);
	int r = try_cache();

	while (r == -ENOENT && go_up(path))
		r = access(path, W_OK | X_OK) < 0 ? -errno : 0;
	if (r == 0)
		return 0;
	/* The culprit is the outermost directory that cannot be searched. */
	strcpy(above, path);
	while (go_up(above) && access(above, X_OK) < 0)
		strcpy(path, above);
	return r;
}

/* Returns the culprit's real path, owned, if it is another user's in this user's home; or NULL. */
static char *find_foreign_in_home(const char *culprit)
{
	_cleanup_(freep) char *home = paths_home(), *real_home = home ? realpath(home, NULL) : NULL;
	_cleanup_(freep) char *real = realpath(culprit, NULL);
	size_t n = real_home ? strlen(real_home) : 0;
	struct stat st;

	if (!real || n <= 1 || strncmp(real, real_home, n) != 0 || real[n] != '/')
		return NULL;
	if (stat(real, &st) < 0 || st.st_uid == geteuid())
		return NULL;
	return TAKE_PTR(real);
}

void check_cache(struct check_context *c _unused_, struct findings *ret)
{
	_cleanup_(freep) char *path = pull_cache_path(), *culprit = path ? xstrdup(path) : NULL;
	_cleanup_(freep) char *foreign = NULL, *quoted = NULL;
	struct finding *f;
	int r = path ? find_culprit(culprit) : 0;

	if (r == 0)
		return;
	f = findings_add_bad(ret, "cache-unusable", "tokens cannot be cached in %s", path);
	finding_add_line(f, "%s: %s; each pull waits for AWS", culprit, strerror(-r));
	foreign = r == -EACCES ? find_foreign_in_home(culprit) : NULL;
	if (!foreign) {
		finding_add_line(f,
		        "make %s a directory of this user, or set AWS_ECR_CACHE_DIR to another "
		        "directory",
		        path);
		return;
	}
	quoted = diagnose_quote(foreign);
	finding_add_line(f, "sudo may have created it");
	finding_add_command(f, "sudo chown -R \"$(id -un):\" %s", quoted);
}
