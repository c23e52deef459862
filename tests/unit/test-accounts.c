/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts in temporary files, and the one that sudo's variables name. */
#include "check/accounts.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tap.h"

/* Writes a temporary file; its name is owned. */
static char *make_file(const char *text)
{
	char *path = xstrdup("/tmp/test-accounts-XXXXXX");
	FILE *f = fdopen(mkstemp(path), "w");

	CHECK(f);
	if (f) {
		fputs(text, f);
		fclose(f);
	}
	return path;
}

/* Lists "alice bob*": a star marks the group docker. */
static void list(const char *passwd, const char *group, char *ret, size_t size)
{
	_cleanup_(freep) char *passwd_path = make_file(passwd), *group_path = make_file(group);
	_cleanup_(accounts_done) struct accounts a = {};

	accounts_list(passwd_path, group_path, &a);
	ret[0] = '\0';
	for (size_t i = 0; i < a.count; i++)
		snprintf(ret + strlen(ret), size - strlen(ret), "%s%s%s", i > 0 ? " " : "",
		        a.items[i].name, a.items[i].may_use_docker ? "*" : "");
	unlink(passwd_path);
	unlink(group_path);
}

#define PASSWD                                                                                     \
	"root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:\n"  \
	"ci:x:990:77::/srv/ci:/usr/sbin/nologin\nbob:x:1001:1001::/home/bob:\n"

static const struct {
	const char *name, *passwd, *group, *expected;
} cases[] = {
        {"all except the superuser's", PASSWD, "", "alice ci bob"},
        {"members of the group docker come first", PASSWD,
                "sudo:x:27:alice\ndocker:x:78:ldap,bob\n", "ldap* bob* alice ci"},
        {"an account whose own group it is", PASSWD, "docker:x:77:\n", "alice ci* bob"},
        {"root needs no group", PASSWD, "docker:x:78:root\n", "alice ci bob"},
        {"malformed lines", "x\n:::\n\nalice:x:1000:1000::/home/alice:\n", "docker\n", "alice"},
        {"empty files", "", "", ""},
};

static void check_list(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[512];

		tap_begin("accounts: %s", cases[i].name);
		list(cases[i].passwd, cases[i].group, text, sizeof(text));
		CHECK_STRING(text, cases[i].expected);
		tap_end();
	}
}

static void check_limit(void)
{
	_cleanup_(accounts_done) struct accounts a = {};
	_cleanup_(freep) char *path = NULL, *text = xcalloc(1000, 40);

	tap_begin("no more than %d accounts", ACCOUNTS_MAX);
	for (size_t i = 0; i < 1000; i++)
		sprintf(text + strlen(text), "u%zu:x:%zu:1::/h:\n", i, 1000 + i);
	path = make_file(text);
	accounts_list(path, "/nonexistent", &a);
	CHECK_INT(a.count, ACCOUNTS_MAX);
	unlink(path);
	tap_end();
}

static void check_caller(void)
{
	const struct passwd *pw = getpwnam("daemon"); /* exists on every host */
	_cleanup_(freep) char *uid = xasprintf("%u", pw ? pw->pw_uid : 0);
	_cleanup_(freep) char *longer = xasprintf("%s0", uid);
	const struct {
		const char *name, *user, *uid, *expected;
	} callers[] = {
	        {"an account", "daemon", uid, "daemon"},
	        {"the uid of another account", "daemon", longer, NULL},
	        {"a uid instead of a name", uid, uid, NULL},
	        {"root", "root", "0", NULL},
	        {"no such account", "no-such-account", uid, NULL},
	        {"an option", "--help", uid, NULL},
	        {"no uid", "daemon", NULL, NULL},
	        {"a blank uid", "daemon", "", NULL},
	        {"no name", NULL, uid, NULL},
	        {"a blank name", "", uid, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(callers); i++) {
		_cleanup_(freep) char *found = NULL;

		unsetenv("SUDO_USER");
		unsetenv("SUDO_UID");
		if (callers[i].user)
			setenv("SUDO_USER", callers[i].user, 1);
		if (callers[i].uid)
			setenv("SUDO_UID", callers[i].uid, 1);
		tap_begin("sudo's variables name %s", callers[i].name);
		found = accounts_find_caller();
		if (callers[i].expected)
			CHECK_STRING(found ? found : "", callers[i].expected);
		else
			CHECK(!found);
		tap_end();
	}
}

int main(void)
{
	check_list();
	check_limit();
	check_caller();
	return tap_finish();
}
