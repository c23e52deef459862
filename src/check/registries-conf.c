/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One key of a TOML file, without a parser of TOML: a line of the top level that begins with it,
 * and the array behind it. The administrator, or the user, controls the files.
 */
#include "registries-conf.h"

#include <fcntl.h>
#include <glob.h>
#include <string.h>

#include "../common/alloc.h"
#include "../common/file.h"

#define KEY "credential-helpers"
#define FILES_HELPER "\"containers-auth.json\""
#define MAX_SIZE (1024 * 1024)
#define MAX_FILES 64

/* The value behind the key, or NULL; only in front of the first table. */
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

int registries_conf_read(const char *text, bool *ret_has_files)
{
	const char *value = find_value(text);
	_cleanup_(freep) char *array = NULL;
	const char *open = value ? strchr(value, '[') : NULL;
	const char *close = open ? strchr(open, ']') : NULL;

	if (!close)
		return 0;
	array = xstrndup(open, (size_t)(close - open));
	*ret_has_files = strstr(array, FILES_HELPER) || strstr(array, "'containers-auth.json'");
	return 1;
}

/* A later file's word counts more than an earlier one's. */
static void look_at(const char *path, char **leaves_out)
{
	_secret_ struct secret text = {};
	bool has_files;

	if (file_read(AT_FDCWD, path, MAX_SIZE, &text) < 0 ||
	        registries_conf_read(secret_string(&text), &has_files) == 0)
		return;
	free(*leaves_out);
	*leaves_out = has_files ? NULL : xstrdup(path);
}

static void look_at_all(const char *pattern, char **leaves_out)
{
	glob_t found = {};

	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && i < MAX_FILES; i++)
			look_at(found.gl_pathv[i], leaves_out);
	globfree(&found);
}

char *registries_conf_find(const char *home)
{
	_cleanup_(freep) char *own = xasprintf("%s/.config/containers/registries.conf", home);
	_cleanup_(freep) char *own_parts = xasprintf("%s.d/*.conf", own);
	char *leaves_out = NULL;

	/* The user's file stands in for the system's; the parts of both are read. */
	look_at(access(own, F_OK) == 0 ? own : "/etc/containers/registries.conf", &leaves_out);
	look_at_all("/etc/containers/registries.conf.d/*.conf", &leaves_out);
	look_at_all(own_parts, &leaves_out);
	return leaves_out;
}
