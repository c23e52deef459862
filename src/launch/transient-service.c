/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts systemd-run with the properties of the administrator's unit and its drop-ins, as systemd
 * has read them. Environment= and SetCredential= may contain secrets: they go into the environment
 * of systemd-run, or into memory that systemd-run holds open for systemd to read, and never into an
 * argument.
 *
 * A transient unit would outlive systemd-run, which must end with us, also on Ctrl-C. So the
 * program's standard input is a pipe whose other end only systemd-run has open, and the program
 * ends when that is closed (--end-with-input).
 */
#include "launch/transient-service.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/log.h"
#include "base/subprocess.h"
#include "base/systemd.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "config/paths.h"
#include "launch/credential-memfd.h"
#include "launch/credential-store.h"

#define BUS_NAME "org.freedesktop.systemd1"
#define UNIT_PATH "/org/freedesktop/systemd1/unit/ecr_2drefresher_2eservice"
#define BUSCTL_TIMEOUT_USEC (10 * USEC_PER_SEC)
#define PROPERTIES_MAX_SIZE ((size_t)16 * 1024 * 1024) /* a number and a comma for each byte */

/* systemd-run's arguments and environment. */
struct command {
	char **argv;
	size_t n;
	struct json_object *environment; /* borrowed */
};

static void add(struct command *c, char *argument)
{
	*(char **)array_append(&c->argv, &c->n, sizeof(char *)) = argument;
}

/* Returns the "data" of a property, or NULL. */
static struct json_object *property(
        struct json_object *properties, const char *name, enum json_type type)
{
	return json_member(json_member(properties, name, json_type_object), "data", type);
}

static const char *string_at(struct json_object *array, size_t i)
{
	struct json_object *item = json_object_array_get_idx(array, i);

	return json_object_is_type(item, json_type_string) ? json_object_get_string(item) : "";
}

/* Adds PROPERTY=STRING for each string of a list. */
static void add_strings(struct command *c, struct json_object *properties, const char *name)
{
	struct json_object *list = property(properties, name, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		add(c, xasprintf("--property=%s=%s", name, string_at(list, i)));
}

/* Adds PROPERTY=ID:PATH for each (id, path). */
static void add_credentials(struct command *c, struct json_object *properties, const char *name)
{
	struct json_object *list = property(properties, name, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *pair = json_object_array_get_idx(list, i);

		if (json_object_is_type(pair, json_type_array))
			add(c, xasprintf("--property=%s=%s:%s", name, string_at(pair, 0),
			               string_at(pair, 1)));
	}
}

/* Reports whether a file that the unit names for this credential exists. */
static bool has_file(struct json_object *properties, bool is_user, const char *name, const char *id)
{
	struct json_object *list = property(properties, name, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *pair = json_object_array_get_idx(list, i);
		const char *path;

		if (!json_object_is_type(pair, json_type_array) ||
		        strcmp(string_at(pair, 0), id) != 0)
			continue;
		path = string_at(pair, 1);
		return *path == '/' ? access(path, F_OK) == 0 : credential_store_has(path, is_user);
	}
	return false;
}

/* Reports whether the unit imports this credential by a pattern. */
static bool is_imported(struct json_object *properties, bool is_user, const char *id)
{
	struct json_object *list = property(properties, "ImportCredential", json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		if (fnmatch(string_at(list, i), id, FNM_PERIOD) == 0)
			return credential_store_has(id, is_user);
	return false;
}

/* Reports whether the credential is in a file, which systemd prefers to what is set. */
static bool is_in_file(struct json_object *properties, bool is_user, const char *id)
{
	return has_file(properties, is_user, "LoadCredential", id) ||
	       has_file(properties, is_user, "LoadCredentialEncrypted", id) ||
	       is_imported(properties, is_user, id);
}

/* Adds a credential for each (id, bytes), from memory that systemd-run inherits. */
static int add_set_credentials(
        struct command *c, struct json_object *properties, bool is_user, bool is_encrypted)
{
	const char *name = is_encrypted ? "SetCredentialEncrypted" : "SetCredential";
	struct json_object *list = property(properties, name, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *pair = json_object_array_get_idx(list, i);
		struct json_object *bytes = json_object_array_get_idx(pair, 1);
		const char *id = string_at(pair, 0);
		int fd;

		if (!json_object_is_type(bytes, json_type_array) ||
		        is_in_file(properties, is_user, id))
			continue;
		fd = credential_memfd(bytes, is_encrypted);
		if (fd < 0)
			return fd;
		add(c, xasprintf("--property=LoadCredential%s=%s:/proc/%d/fd/%d",
		               is_encrypted ? "Encrypted" : "", id, getpid(), fd));
	}
	return 0;
}

static void add_environment_files(struct command *c, struct json_object *properties)
{
	struct json_object *list = property(properties, "EnvironmentFiles", json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *pair = json_object_array_get_idx(list, i);
		bool may_fail;

		if (!json_object_is_type(pair, json_type_array))
			continue;
		may_fail = json_object_get_boolean(json_object_array_get_idx(pair, 1));
		add(c, xasprintf("--property=EnvironmentFile=%s%s", may_fail ? "-" : "",
		               string_at(pair, 0)));
	}
}

/* Adds the names only: systemd-run takes the values from its own environment. */
static void add_environment(struct command *c, struct json_object *properties)
{
	struct json_object *list = property(properties, "Environment", json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *variable = string_at(list, i);

		add(c, xasprintf("--setenv=%.*s", (int)strcspn(variable, "="), variable));
	}
	c->environment = list;
}

static void add_string(struct command *c, struct json_object *properties, const char *name)
{
	struct json_object *value = property(properties, name, json_type_string);

	if (value && json_object_get_string_len(value) > 0)
		add(c, xasprintf("--property=%s=%s", name, json_object_get_string(value)));
}

/* Keeps the unit's setting: the administrator may allow credential_process to run sudo. */
static void add_privileges(struct command *c, struct json_object *properties)
{
	struct json_object *none = property(properties, "NoNewPrivileges", json_type_boolean);
	bool may_gain = none && !json_object_get_boolean(none);

	add(c, xasprintf("--property=NoNewPrivileges=%s", may_gain ? "no" : "yes"));
}

/* Builds the command in the process that executes systemd-run. */
static int make_command(struct command *c, struct json_object *properties, bool is_user,
        const char *program, char *const *arguments)
{
	static const char *const lists[] = {
	        "PassEnvironment", "UnsetEnvironment", "SupplementaryGroups", "ImportCredential"};
	static const char *const strings[] = {"User", "Group", "ProtectHome",
	        "NetworkNamespacePath", "RootDirectory", "RootImage"};
	int r;

	add(c, xstrdup("systemd-run"));
	add(c, xstrdup(is_user ? "--user" : "--system"));
	add(c, xstrdup("--quiet"));
	add(c, xstrdup("--wait"));
	add(c, xstrdup("--pipe"));
	add(c, xstrdup("--collect"));
	add(c, xstrdup("--property=UMask=0077"));
	add_privileges(c, properties);
	if (!is_user)
		add(c, xstrdup("--setenv=RUNTIME_DIRECTORY=" SYSTEM_RUNTIME_DIR));
	if (getenv("NO_COLOR"))
		add(c, xstrdup("--setenv=NO_COLOR"));
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		add_strings(c, properties, lists[i]);
	for (size_t i = 0; !is_user && i < ARRAY_SIZE(strings); i++)
		add_string(c, properties, strings[i]);
	add_credentials(c, properties, "LoadCredential");
	add_credentials(c, properties, "LoadCredentialEncrypted");
	r = add_set_credentials(c, properties, is_user, false);
	if (r == 0)
		r = add_set_credentials(c, properties, is_user, true);
	if (r < 0)
		return r;
	add_environment_files(c, properties);
	add_environment(c, properties);
	add(c, xasprintf(LIBEXECDIR "/%s", program));
	add(c, xstrdup("--end-with-input"));
	for (; *arguments; arguments++)
		add(c, xstrdup(*arguments));
	add(c, NULL);
	return 0;
}

/*
 * Returns what busctl prints: {"type":"a{sv}","data":[{"Environment":{"type":"as","data":[…]},
 * …}]}.
 */
static struct json_object *get_properties(bool is_user)
{
	const char *const argv[] = {"busctl", is_user ? "--user" : "--system", "--json=short",
	        "call", BUS_NAME, UNIT_PATH, "org.freedesktop.DBus.Properties", "GetAll", "s",
	        BUS_NAME ".Service", NULL};
	_secret_ struct secret text = {};
	int status = 0;
	int r = subprocess_run(&(struct subprocess){.argv = argv, .max_size = PROPERTIES_MAX_SIZE},
	        monotonic_now() + BUSCTL_TIMEOUT_USEC, &text, &status);

	return r == 0 && status == 0 ? json_parse(secret_string(&text), text.size) : NULL;
}

/* Reports whether the unit was read from a file: an unknown one has no command. */
static bool is_installed(struct json_object *properties)
{
	struct json_object *commands = property(properties, "ExecStart", json_type_array);

	return commands && json_object_array_length(commands) > 0;
}

/* Makes the pipe for standard input. Its other end stays open in this process only. */
static int open_input(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0 || dup2(ends[0], STDIN_FILENO) < 0 ||
	        fcntl(ends[1], F_SETFD, 0) < 0)
		return -errno;
	return 0;
}

_Noreturn static void run_child(
        struct json_object *properties, bool is_user, const char *program, char *const *arguments)
{
	struct command c = {};
	int r;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	r = make_command(&c, properties, is_user, program, arguments);
	if (r == 0)
		r = open_input();
	for (size_t i = 0; c.environment && i < json_object_array_length(c.environment); i++)
		putenv(xstrdup(string_at(c.environment, i)));
	if (r == 0)
		execvp(c.argv[0], c.argv);
	log_error("systemd-run cannot be run: %s; is systemd installed completely?",
	        strerror(r < 0 ? -r : errno));
	_exit(EXIT_FAILURE);
}

pid_t transient_service_start(bool is_user, const char *program, char *const *arguments)
{
	_json_ struct json_object *reply = NULL;
	struct json_object *properties;
	pid_t pid;

	if (!systemd_is_running())
		return -ENOTSUP;
	reply = get_properties(is_user);
	properties = json_object_array_get_idx(json_member(reply, "data", json_type_array), 0);
	if (!json_object_is_type(properties, json_type_object) || !is_installed(properties))
		return -ENOENT;
	pid = subprocess_fork(NULL);
	if (pid == 0)
		run_child(properties, is_user, program, arguments);
	return pid;
}
