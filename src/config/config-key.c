/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config-key.h"

#include <string.h>
#include <strings.h>

bool config_path_is_valid(const char *path)
{
	size_t size = strlen(path);

	return (path[0] == '/' || strncmp(path, "~/", 2) == 0) && path[size - 1] != '/';
}

bool config_is_yes(const char *value)
{
	return strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0;
}
