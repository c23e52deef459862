/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/credential-store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "tap.h"

static void check_found(const char *top, const char *store)
{
	_cleanup_(freep) char *directory = xconcat(top, "/", store, NULL);
	_cleanup_(freep) char *file = xconcat(directory, "/aws-credentials", NULL);
	_cleanup_(closep) int fd = -1;

	tap_begin("a user's %s", store);
	for (char *slash = directory + strlen(top) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(directory, 0700);
		*slash = '/';
	}
	CHECK_INT(mkdir(directory, 0700), 0);
	CHECK(!credential_store_has("aws-credentials", true));
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	CHECK(credential_store_has("aws-credentials", true));
	CHECK(!credential_store_has("aws", true));
	CHECK(!credential_store_has("aws-credentials", false));
	CHECK_INT(unlink(file), 0);
	CHECK_INT(rmdir(directory), 0);
	tap_end();
}

int main(void)
{
	char top[] = "/tmp/test-credential-store.XXXXXX";
	_cleanup_(freep) char *runtime = NULL, *named = NULL;

	if (!mkdtemp(top))
		return EXIT_FAILURE;
	runtime = xconcat(top, "/run", NULL);
	named = xconcat(top, "/named", NULL);
	setenv("HOME", top, 1);
	setenv("XDG_RUNTIME_DIR", runtime, 1);
	unsetenv("XDG_CONFIG_HOME");
	check_found(top, ".config/credstore");
	check_found(top, ".config/credstore.encrypted");
	check_found(top, "run/credstore");
	check_found(top, ".local/lib/credstore");
	setenv("XDG_CONFIG_HOME", named, 1);
	check_found(top, "named/credstore");
	for (size_t i = 0; i < 5; i++) {
		static const char *const made[] = {
		        ".config", "run", ".local/lib", ".local", "named"};
		_cleanup_(freep) char *directory = xconcat(top, "/", made[i], NULL);

		rmdir(directory);
	}
	rmdir(top);
	return tap_finish();
}
