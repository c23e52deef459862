/* SPDX-License-Identifier: Apache-2.0 */
/* The name of a path unit must be that of systemd-escape(1), or systemd watches another path. */
#include "write/watch.h"

#include <sys/wait.h>

#include "base/alloc.h"
#include "tap.h"

#define TOOL "/usr/bin/systemd-escape"
#define PREFIX "ecr-refresher@"
#define SUFFIX ".path"

static const struct {
	const char *path;
	const char *name; /* of the instance */
} paths[] = {
        {"/home/alice/.docker/config.json", "home-alice-.docker-config.json"},
        {"/root/.config/containers/auth.json", "root-.config-containers-auth.json"},
        {"/a", "a"},
        {"/.a", "\\x2ea"},
        {"/.a/.b", "\\x2ea-.b"},
        {"/..a/b", "\\x2e.a-b"},
        {"/a-b/c-d", "a\\x2db-c\\x2dd"},
        {"/-", "\\x2d"},
        {"/a/-", "a-\\x2d"},
        {"/a_b:c", "a_b:c"},
        {"/srv/my files/config.json", "srv-my\\x20files-config.json"},
        {"/home/DOMAIN\\alice/config.json", "home-DOMAIN\\x5calice-config.json"},
        {"/home/alice@example.com/x", "home-alice\\x40example.com-x"},
        {"/a\\x2db", "a\\x5cx2db"},
        {"/caf\xc3\xa9/\xf0\x9f\x90\xb3", "caf\\xc3\\xa9-\\xf0\\x9f\\x90\\xb3"},
        {"/not\xff"
         "utf8",
                "not\\xffutf8"},
        {"/tab\there", "tab\\x09here"},
        {"/line\nbreak", "line\\x0abreak"},
        {"/%i/%%/$x/`y`", "\\x25i-\\x25\\x25-\\x24x-\\x60y\\x60"},
        {"/\"q\"/'s'/(p)/[b]/{c}", "\\x22q\\x22-\\x27s\\x27-\\x28p\\x29-\\x5bb\\x5d-\\x7bc\\x7d"},
        {"/a+b,c;d=e!f?g*h~i#j&k|l<m>n^o",
                "a\\x2bb\\x2cc\\x3bd\\x3de\\x21f\\x3fg\\x2ah\\x7ei\\x23j\\x26k\\x7cl\\x3cm\\x3en"
                "\\x5eo"},
        {"/\x7f", "\\x7f"},
};

static void test_table(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_(freep) char *name = watch_unit_name(paths[i].path);
		_cleanup_(freep) char *expected =
		        xasprintf("%s%s%s", PREFIX, paths[i].name, SUFFIX);

		tap_begin("%s", paths[i].path);
		CHECK_STRING(name, expected);
		tap_end();
	}
}

/* Returns what the real tool prints, names separated by blanks, or NULL if it fails. */
static char *run_tool(char *const *some_paths, size_t n_paths)
{
	char output[32768] = "";
	const char *argv[600] = {TOOL, "--path", "--template=" PREFIX SUFFIX, "--"};
	size_t n = 0;
	ssize_t k;
	int fds[2], status = 0;
	pid_t pid;

	for (size_t i = 0; i < n_paths; i++)
		argv[4 + i] = some_paths[i];
	fflush(NULL);
	if (pipe(fds) < 0)
		return NULL;
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(STDERR_FILENO);
		execv(TOOL, (char **)argv);
		_exit(127);
	}
	close(fds[1]);
	while (n < sizeof(output) - 1 && (k = read(fds[0], output + n, sizeof(output) - 1 - n)) > 0)
		n += (size_t)k;
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || n == 0)
		return NULL;
	output[n - 1] = '\0'; /* the newline */
	return xstrdup(output);
}

/* Compares names with the tool's. */
static void check_with_tool(char *const *some_paths, size_t n)
{
	_cleanup_(freep) char *output = run_tool(some_paths, n);
	char *state = NULL, *theirs = output ? strtok_r(output, " ", &state) : NULL;

	CHECK(output);
	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *ours = watch_unit_name(some_paths[i]);

		CHECK_STRING(ours, theirs);
		theirs = theirs ? strtok_r(NULL, " ", &state) : NULL;
	}
	CHECK(!theirs);
}

static void test_table_with_tool(void)
{
	char *table[ARRAY_SIZE(paths)];

	tap_begin("systemd-escape escapes all of these in the same way");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		table[i] = (char *)paths[i].path;
	check_with_tool(table, ARRAY_SIZE(paths));
	tap_end();
}

static void test_bytes_with_tool(void)
{
	char *table[510] = {};
	size_t n = 0;

	tap_begin("systemd-escape escapes every byte, first or later, in the same way");
	for (int c = 1; c < 256; c++) {
		if (c == '/')
			continue;
		table[n++] = xasprintf("/%cx", c);
		table[n++] = xasprintf("/x%c/%cx", c, c);
	}
	check_with_tool(table, n);
	for (size_t i = 0; i < n; i++)
		free(table[i]);
	tap_end();
}

/* Paths of growing length: those that systemd accepts have a name, the others do not. */
static void test_lengths(bool has_tool)
{
	char path[400] = "/", *p = path;
	size_t room = 255 - strlen(PREFIX SUFFIX);

	for (size_t n = 1; n < sizeof(path) - 1; n++) {
		_cleanup_(freep) char *name = NULL, *theirs = NULL;

		path[n] = 'a';
		name = watch_unit_name(path);
		CHECK_INT(name != NULL, n <= room);
		if (!has_tool || n < room - 2 || n > room + 2)
			continue;
		theirs = run_tool(&p, 1);
		CHECK_INT(theirs != NULL, name != NULL);
	}
}

/* A path in which every byte is escaped to four. */
static void test_long_escapes(void)
{
	_cleanup_(freep) char *path = xcalloc(1, 5001), *name = NULL;

	path[0] = '/';
	memset(path + 1, 0xff, 4095);
	name = watch_unit_name(path);
	CHECK(!name);
}

int main(void)
{
	bool has_tool = access(TOOL, X_OK) == 0;

	test_table();
	if (has_tool) {
		test_table_with_tool();
		test_bytes_with_tool();
	} else {
		tap_skip("systemd-escape escapes in the same way", TOOL " is not installed");
	}
	tap_begin("a name has at most 255 characters");
	test_lengths(has_tool);
	test_long_escapes();
	tap_end();
	return tap_finish();
}
