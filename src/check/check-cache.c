/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the helper can keep tokens for who asks. The environment names the directory, so that it
 * may be anybody's: a command that gives it away is only for what is in the user's own home.
 */
#include "check/check-cache.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "check/diagnose/diagnose-text.h"
#include "pull/pull-cache.h"

/* As a pull does. */
static int try_cache(void)
{
	_cleanup_(closep) int fd = pull_cache_open(false);

	if (fd < 0)
		return fd;
	return faccessat(fd, ".", W_OK | X_OK, 0) < 0 ? -errno : 0;
}

/* Makes it the directory above. Returns false where there is none. */
static bool climb(char *path)
{
	_cleanup_(freep) char *copy = xstrdup(path);
	const char *parent = dirname(copy);

	if (strcmp(parent, path) == 0 || strlen(parent) > strlen(path))
		return false;
	strcpy(path, parent);
	return true;
}

/*
 * A cache that is missing is made where the directory above it lets us. Returns 0, or -errno and,
 * in path, what stands in the way.
 */
static int find_culprit(char *path)
{
	_cleanup_(freep) char *above = xstrdup(path);
	int r = try_cache();

	while (r == -ENOENT && climb(path))
		r = access(path, W_OK | X_OK) < 0 ? -errno : 0;
	if (r == 0)
		return 0;
	/* Nobody gets past a directory that cannot be searched. */
	strcpy(above, path);
	while (climb(above) && access(above, X_OK) < 0)
		strcpy(path, above);
	return r;
}

/* Somebody else's, in this user's home: as realpath() has it, to be freed; NULL where it is not. */
static char *find_foreign(const char *culprit)
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
	f = findings_add_bad(ret, "cache-unusable", "no token can be kept in %s", path);
	finding_say(f, "%s: %s; each pull waits for AWS", culprit, strerror(-r));
	foreign = r == -EACCES ? find_foreign(culprit) : NULL;
	if (!foreign) {
		finding_say(f,
		        "make %s a directory that is this user's, or name another in "
		        "AWS_ECR_CACHE_DIR",
		        path);
		return;
	}
	quoted = diagnose_quote(foreign);
	finding_say(f, "did sudo leave that there?");
	finding_type(f, "sudo chown -R \"$(id -un):\" %s", quoted);
}
