/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of root, of the service's user and of other users, and variables that change them. */
#include "config/paths.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "tap.h"

#define NOBODY 65534
#define INI "/ecr-refresher.ini"

/* Replaces the environment. variables: NAME, VALUE, …, NULL. */
static void set_environment(const char *const *variables)
{
	clearenv();
	for (; *variables; variables += 2)
		setenv(variables[0], variables[1], 1);
}

struct paths_case {
	const char *name;
	const char *environment[16];
	const char *option; /* --config */
	const char *config, *config_name, *runtime_dir, *record_dir;
	const char *code; /* of the reason, if there are no paths */
};

static void run_case(const struct paths_case *c, bool is_system)
{
	_cleanup_(paths_done) struct paths paths = {.config = NULL};
	struct passwd *pw = getpwuid(geteuid());
	struct reason reason = {};
	int r;

	tap_begin("%s", c->name);
	set_environment(c->environment);
	r = paths_find(c->option, &paths, &reason);
	CHECK_INT(r, c->code ? -ENOENT : 0);
	if (c->code) {
		CHECK_STRING(reason.code, c->code);
		CHECK(*reason.text && !paths.config && !paths.runtime_dir);
	} else {
		CHECK_INT(paths.is_system, is_system);
		CHECK_INT(paths.is_named, c->option != NULL);
		CHECK_STRING(paths.config, c->config);
		CHECK_STRING(paths.config_name, c->config_name);
		CHECK_STRING(paths.runtime_dir, c->runtime_dir);
		CHECK_STRING(paths.record_dir, c->record_dir);
		if (is_system)
			CHECK(!paths.user);
		else
			CHECK_STRING(paths.user, pw ? pw->pw_name : "?");
	}
	tap_end();
}

#define SERVICE SYSTEM_RUNTIME_DIR, SYSTEM_RECORD_DIR

static const struct paths_case as_root[] = {
        {"root with an empty environment", {}, NULL, SYSCONFDIR INI, SYSCONFDIR INI, SERVICE},
        {"root ignores HOME and the XDG variables",
                {"HOME", "/home/a", "XDG_CONFIG_HOME", "/home/a/c", "XDG_RUNTIME_DIR",
                        "/run/user/1", "XDG_STATE_HOME", "/home/a/s"},
                NULL, SYSCONFDIR INI, SYSCONFDIR INI, SERVICE},
        {"root without a copy of the ini", {"CREDENTIALS_DIRECTORY", "/nonexistent"}, NULL,
                SYSCONFDIR INI, SYSCONFDIR INI, SERVICE},
        {"root with --config", {"CREDENTIALS_DIRECTORY", "/run/credentials/x"}, "/tmp/my.ini",
                "/tmp/my.ini", "/tmp/my.ini", SERVICE},
};

#define OWN "/run/user/1/ecr-refresher", "/home/a/.local/state/ecr-refresher"
#define MINIMUM "HOME", "/home/a", "XDG_RUNTIME_DIR", "/run/user/1"

static const struct paths_case as_user[] = {
        {"a user's own files", {MINIMUM}, NULL, "/home/a/.config" INI, "/home/a/.config" INI, OWN},
        {"the XDG variables", {MINIMUM, "XDG_CONFIG_HOME", "/c", "XDG_STATE_HOME", "/s"}, NULL,
                "/c" INI, "/c" INI, "/run/user/1/ecr-refresher", "/s/ecr-refresher"},
        {"relative and blank XDG variables are ignored",
                {MINIMUM, "XDG_CONFIG_HOME", "c", "XDG_STATE_HOME", " "}, NULL,
                "/home/a/.config" INI, "/home/a/.config" INI, OWN},
        {"a user with --config", {MINIMUM}, "my.ini", "my.ini", "my.ini", OWN},
        {"a user ignores a service's credentials",
                {MINIMUM, "CREDENTIALS_DIRECTORY", "/run/credentials/x"}, NULL,
                "/home/a/.config" INI, "/home/a/.config" INI, OWN},
        {"a user ignores another service's runtime directory",
                {MINIMUM, "RUNTIME_DIRECTORY", "/run/other"}, NULL, "/home/a/.config" INI,
                "/home/a/.config" INI, OWN},
};

static const struct paths_case as_user_without_variable[] = {
        {"no runtime directory is an error", {"HOME", "/home/a"}, NULL, NULL, NULL, NULL, NULL,
                "no-runtime-dir"},
        {"a relative runtime directory is an error", {"HOME", "/home/a", "XDG_RUNTIME_DIR", "run"},
                NULL, NULL, NULL, NULL, NULL, "no-runtime-dir"},
};

static const struct paths_case as_service_user[] = {
        {"the service's network part uses the host's files",
                {"RUNTIME_DIRECTORY", SYSTEM_RUNTIME_DIR, "HOME", "/var/lib/x"}, NULL,
                SYSCONFDIR INI, SYSCONFDIR INI, SERVICE},
        {"the service's network part without a copy of the ini",
                {"RUNTIME_DIRECTORY", SYSTEM_RUNTIME_DIR, "CREDENTIALS_DIRECTORY", "/nonexistent"},
                NULL, SYSCONFDIR INI, SYSCONFDIR INI, SERVICE},
};

/* systemd's copy of the ini, for root and for the service's user. */
static void test_credential(void)
{
	char dir[] = "/tmp/test-paths.XXXXXX";
	_cleanup_(freep) char *file = NULL;
	FILE *f;

	if (!mkdtemp(dir))
		return;
	chmod(dir, 0755);
	file = xasprintf("%s" INI, dir);
	f = fopen(file, "w");
	if (f)
		fclose(f);
	run_case(&(struct paths_case){"systemd's copy is read, and named as the ini in messages",
	                 {"RUNTIME_DIRECTORY", SYSTEM_RUNTIME_DIR, "CREDENTIALS_DIRECTORY", dir},
	                 NULL, file, SYSCONFDIR INI, SERVICE},
	        true);
	run_case(&(struct paths_case){"systemd's copy is ignored with --config",
	                 {"RUNTIME_DIRECTORY", SYSTEM_RUNTIME_DIR, "CREDENTIALS_DIRECTORY", dir},
	                 "/my.ini", "/my.ini", "/my.ini", SERVICE},
	        true);
	unlink(file);
	rmdir(dir);
}

/* Without a usable HOME, the home is that of the password database. */
static void test_home(void)
{
	static const char *const useless[][3] = {{NULL}, {"HOME", ""}, {"HOME", "relative"}};
	static const char *const useful[] = {"HOME", "/home/a b", NULL};
	struct passwd *pw = getpwuid(geteuid());
	_cleanup_(freep) char *named = NULL;

	tap_begin("the home directory is HOME, or else from the password database");
	for (size_t i = 0; i < ARRAY_SIZE(useless); i++) {
		_cleanup_(freep) char *home = NULL;

		set_environment(useless[i]);
		home = paths_home();
		CHECK_STRING(home, pw ? pw->pw_dir : "?");
	}
	set_environment(useful);
	named = paths_home();
	CHECK_STRING(named, "/home/a b");
	tap_end();
}

#define RUN(cases, is_system)                                                                      \
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)                                             \
	run_case(&cases[i], is_system)

/* If the user who runs this test is logged in, the login's runtime directory is used. */
static void test_without_variable(void)
{
	_cleanup_(freep) char *usual = xasprintf("/run/user/%u", geteuid());
	_cleanup_(freep) char *own = xconcat(usual, "/ecr-refresher", NULL);
	struct stat st;
	bool logged_in = lstat(usual, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();

	for (size_t i = 0; i < ARRAY_SIZE(as_user_without_variable); i++) {
		struct paths_case c = as_user_without_variable[i];

		if (logged_in) {
			c.code = NULL;
			c.config = c.config_name = "/home/a/.config" INI;
			c.runtime_dir = own;
			c.record_dir = "/home/a/.local/state/ecr-refresher";
		}
		run_case(&c, false);
	}
}

static void test_user(void)
{
	RUN(as_user, false);
	test_without_variable();
	RUN(as_service_user, true);
	test_home();
}

int main(void)
{
	test_credential();
	if (geteuid() == 0) {
		RUN(as_root, true);
		test_home();
		if (seteuid(NOBODY) < 0)
			return EXIT_FAILURE;
		test_user();
		/* Required by the leak sanitizer, which ptraces this process. */
		if (seteuid(0) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
			return EXIT_FAILURE;
	} else {
		tap_skip("root's files", "needs root");
		test_user();
	}
	return tap_finish();
}
