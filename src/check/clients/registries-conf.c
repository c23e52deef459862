/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One key of a TOML file, without a TOML parser: a line before the first table that begins with it,
 * and the array that follows. The administrator or the user controls the files.
 */
#include "check/clients/registries-conf.h"

#include <fcntl.h>
#include <glob.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

#define KEY "credential-helpers"
#define MAX_SIZE (1024 * 1024)
#define MAX_FILES 64

/* Returns what follows the key and "=" before the first table, or NULL. */
static const char *find_value(const char *text)
{
	for (const char *line = text; *line;) {
		const char *at = line + strspn(line, " \t");

		if (*at == '[')
			return NULL;
		if (strncmp(at, KEY, strlen(KEY)) == 0) {
			at += strlen(KEY);
			at += strspn(at, " \t");
			if (*at == '=')
				return at + 1;
		}
		line = strchrnul(line, '\n');
		line += *line == '\n';
	}
	return NULL;
}

/* Reports whether an array has a string, in either kind of quotes. */
static bool has_string(const char *array, const char *string)
{
	_cleanup_(freep) char *basic = xasprintf("\"%s\"", string);
	_cleanup_(freep) char *literal = xasprintf("'%s'", string);

	return strstr(array, basic) || strstr(array, literal);
}

int registries_conf_read(const char *text, struct registries_conf *ret)
{
	const char *value = find_value(text);
	_cleanup_(freep) char *array = NULL;
	const char *open = value ? strchr(value, '[') : NULL;
	const char *close = open ? strchr(open, ']') : NULL;

	if (!close)
		return 0;
	array = xstrndup(open, (size_t)(close - open));
	ret->has_files = has_string(array, "containers-auth.json");
	ret->has_ours = has_string(array, "ecr-refresher");
	return 1;
}

/* A later file overrides an earlier one. */
static void read_file(const char *path, struct registries_conf *ret)
{
	_secret_ struct secret text = {};

	if (file_read(AT_FDCWD, path, MAX_SIZE, &text) < 0 ||
	        registries_conf_read(secret_string(&text), ret) == 0)
		return;
	free(ret->path);
	ret->path = xstrdup(path);
}

static void read_files(const char *pattern, struct registries_conf *ret)
{
	glob_t found = {};

	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && i < MAX_FILES; i++)
			read_file(found.gl_pathv[i], ret);
	globfree(&found);
}

void registries_conf_find(const char *home, struct registries_conf *ret)
{
	_cleanup_(freep) char *own = xasprintf("%s/.config/containers/registries.conf", home);
	_cleanup_(freep) char *own_parts = xasprintf("%s.d/*.conf", own);

	*ret = (struct registries_conf){.has_files = true};
	/* The user's file replaces the system's; the drop-ins of both are read. */
	read_file(access(own, F_OK) == 0 ? own : "/etc/containers/registries.conf", ret);
	read_files("/etc/containers/registries.conf.d/*.conf", ret);
	read_files(own_parts, ret);
}

void registries_conf_done(struct registries_conf *r)
{
	free(r->path);
	*r = (struct registries_conf){};
}
