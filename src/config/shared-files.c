/* SPDX-License-Identifier: Apache-2.0 */
#include "config/shared-files.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "config/config.h"
#include "config/paths.h"

static const struct {
	const char *setting, *credential, *variable, *usual;
} files[] = {
        [AWS_CONFIG_FILE] = {"config_file", "aws-config", "AWS_CONFIG_FILE", "~/.aws/config"},
        [AWS_CREDENTIALS_FILE] = {"credentials_file", "aws-credentials",
                "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"},
};

const char *shared_file_setting(enum shared_file file)
{
	return files[file].setting;
}

/* The path of a systemd credential of this name (LoadCredential=), or NULL. */
static char *systemd_credential(const char *name)
{
	const char *dir = environment_get("CREDENTIALS_DIRECTORY");
	_cleanup_(freep) char *path = dir ? xasprintf("%s/%s", dir, name) : NULL;

	return path && access(path, F_OK) == 0 ? TAKE_PTR(path) : NULL;
}

static char *expand(const char *path, const char *home)
{
	if (home && strncmp(path, "~/", 2) == 0)
		return xasprintf("%s/%s", home, path + 2);
	return paths_expand(path);
}

char *shared_file_path(
        const struct config_identity *identity, enum shared_file file, const char *home)
{
	const char *named = config_identity_get(identity, files[file].setting);
	const char *variable = environment_get(files[file].variable);
	char *path = named || home ? NULL : systemd_credential(files[file].credential);

	if (path)
		return path;
	return expand(named ? named : variable ? variable : files[file].usual, home);
}
