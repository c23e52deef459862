/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Identities for tests: shared files in a temporary directory, and an environment with only their
 * variables.
 */

#include <fcntl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "fetch/identity/identity.h"
#include "tap.h"

static char fixture_directory[] = "/tmp/ecr-test-identity-XXXXXX";

/* Sets "profile = NAME" of an [aws]; NULL for none. */
static struct config_setting fixture_setting;
static struct config_identity fixture_config = {.name = (char *)"", .settings = &fixture_setting};

__attribute__((unused)) static void fixture_choose(const char *profile)
{
	fixture_setting = (struct config_setting){(char *)"profile", (char *)profile, 2};
	fixture_config.n_settings = profile ? 1 : 0;
}

__attribute__((unused)) static void fixture_environment(struct json_object *variables)
{
	clearenv();
	setenv("PATH", "/usr/bin:/bin", 1);
	if (!variables)
		return;
	json_object_object_foreach(variables, name, value)
	{
		setenv(name, json_object_get_string(value), 1);
	}
}

/* Writes one of the shared files, and sets the variable that names it. */
__attribute__((unused)) static void fixture_file(
        const char *name, const char *variable, const char *text)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", fixture_directory, name);
	_cleanup_(closep) int dir = open(fixture_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK_INT(file_replace(dir, name, text, strlen(text), 0600), 0);
	setenv(variable, path, 1);
}

__attribute__((unused)) static int fixture_open(struct identity *ret, struct reason *ret_reason)
{
	return identity_open(&fixture_config, monotonic_now() + 60 * USEC_PER_SEC, ret, ret_reason);
}

__attribute__((unused)) static void fixture_begin(void)
{
	if (!mkdtemp(fixture_directory))
		abort();
}

__attribute__((unused)) static void fixture_end(void)
{
	static const char *const names[] = {"config", "credentials"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", fixture_directory, names[i]);

		unlink(path);
	}
	rmdir(fixture_directory);
}
