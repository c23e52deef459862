/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/credential-store.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "config/paths.h"

static bool directory_has(const char *directory, const char *suffix, const char *id)
{
	_cleanup_(freep) char *path = xconcat(directory, suffix, "/", id, NULL);

	return access(path, F_OK) == 0;
}

static bool store_is_in(const char *parent, const char *id)
{
	return directory_has(parent, "/credstore", id) ||
	       directory_has(parent, "/credstore.encrypted", id);
}

static bool system_has(const char *id)
{
	static const char *const parents[] = {"/etc", "/run", "/usr/local/lib", "/usr/lib"};

	for (size_t i = 0; i < ARRAY_SIZE(parents); i++)
		if (store_is_in(parents[i], id))
			return true;
	return directory_has("/run/credentials/@system", "", id) ||
	       directory_has("/run/credentials/@encrypted", "", id);
}

static bool user_has(const char *id)
{
	_cleanup_(freep) char *home = paths_home();
	_cleanup_(freep) char *config = xconcat(home ? home : "", "/.config", NULL);
	_cleanup_(freep) char *lib = xconcat(home ? home : "", "/.local/lib", NULL);
	const char *named = environment_get("XDG_CONFIG_HOME");
	const char *runtime = environment_get("XDG_RUNTIME_DIR");

	return store_is_in(named && *named == '/' ? named : config, id) ||
	       (runtime && *runtime == '/' && store_is_in(runtime, id)) || store_is_in(lib, id);
}

bool credential_store_has(const char *id, bool is_user)
{
	return is_user ? user_has(id) : system_has(id);
}
