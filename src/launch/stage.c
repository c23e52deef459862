/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a network program by hand, with what User= and RuntimeDirectory= of ecr-refresher.service
 * would give it: never as root, and only with the part of root's environment that it needs. If
 * systemd has the unit, it runs the program instead, with the settings of drop-ins. Root's shell
 * controls the environment.
 */
#include "launch/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/drop-privileges.h"
#include "base/log.h"
#include "base/subprocess.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "config/paths.h"
#include "launch/transient-service.h"

/* What ecr-fetch executes if a renewal is due, for a caller that knows it is. */
#define NETWORK_PROGRAM LIBEXECDIR "/network/ecr-fetch"
#define MAX_OUTPUT (1024 * 1024)

static const struct {
	const char *program;
	const char *server; /* for messages */
} stages[] = {
        [STAGE_FETCH] = {LIBEXECDIR "/ecr-fetch", "AWS"},
        [STAGE_PUBLISH] = {LIBEXECDIR "/ecr-publish", "the clusters"},
};

/* Reports whether a variable is passed on: of AWS, clusters, proxies, language and terminal. */
static bool is_passed_on(const char *variable)
{
	static const char *const names[] = {
	        "http_proxy=", "https_proxy=", "all_proxy=", "no_proxy=", "PATH=", "LANG=",
	        "LC_ALL=", "TZ=", "NO_COLOR=", "TERM=", "KUBECONFIG=", "AUTO_CREATE="};

	if (strncmp(variable, "AWS_", 4) == 0 || strncmp(variable, "CATTLE_", 7) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strncasecmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static char **service_environment(const struct passwd *pw)
{
	char **list = NULL;
	size_t n = 0;

	for (char **e = environ; *e; e++)
		if (is_passed_on(*e))
			*(char **)array_append(&list, &n, sizeof(*list)) = *e;
	*(char **)array_append(&list, &n, sizeof(*list)) = xasprintf("HOME=%s", pw->pw_dir);
	*(char **)array_append(&list, &n, sizeof(*list)) = xasprintf("USER=%s", pw->pw_name);
	*(char **)array_append(&list, &n, sizeof(*list)) =
	        xstrdup("RUNTIME_DIRECTORY=" SYSTEM_RUNTIME_DIR);
	array_append(&list, &n, sizeof(*list)); /* NULL */
	return list;
}

/* Creates the directory as RuntimeDirectory= does. */
static int make_runtime_dir(const struct passwd *pw)
{
	if (mkdir(SYSTEM_RUNTIME_DIR, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	return chown(SYSTEM_RUNTIME_DIR, pw->pw_uid, pw->pw_gid) < 0 ? -errno : 0;
}

/* A program to run; its output and a descriptor it needs are both -1 if it needs neither. */
struct child {
	const char *program;
	int output;
	int extra;
};

static void place_streams(const struct child *child)
{
	int null;

	if (child->output < 0)
		return;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	/* If we are killed, its output is of no use. */
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(child->output, STDOUT_FILENO) < 0 ||
	        (child->extra >= 0 && fcntl(child->extra, F_SETFD, 0) < 0) ||
	        prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		_exit(EXIT_FAILURE);
}

static char **make_argv(const char *program, char *const *arguments)
{
	char **argv = NULL;
	size_t n = 0;

	*(const char **)array_append(&argv, &n, sizeof(*argv)) = strrchr(program, '/') + 1;
	for (; *arguments; arguments++)
		*(char **)array_append(&argv, &n, sizeof(*argv)) = *arguments;
	array_append(&argv, &n, sizeof(*argv)); /* NULL */
	return argv;
}

_Noreturn static void run_child(
        char *const *arguments, const struct passwd *pw, const struct child *child)
{
	char **argv = make_argv(child->program, arguments);

	place_streams(child);
	if (pw) {
		environ = service_environment(pw);
		/* Another user gets no access to root's terminal, and ends when we do. */
		if (setsid() < 0 || drop_privileges(pw) < 0 || chdir("/") < 0 ||
		        prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) {
			log_error("cannot become the user %s", pw->pw_name);
			_exit(EXIT_FAILURE);
		}
	}
	/* Its own process group, as a session has, so that all its processes can be killed. */
	if (!pw && child->output >= 0 && setpgid(0, 0) < 0)
		_exit(EXIT_FAILURE);
	execv(child->program, argv);
	log_error(
	        "%s cannot be run: %s; is the package installed?", child->program, strerror(errno));
	_exit(EXIT_FAILURE);
}

/* Waits for the program; on a terminal, shows after a second that it is still running. */
static int wait_for(pid_t pid, const char *program, const char *server)
{
	uint64_t start = monotonic_now(), next = start + USEC_PER_SEC;
	bool is_interactive = isatty(STDERR_FILENO), has_shown = false;
	int status, r;

	while ((r = subprocess_wait(pid, is_interactive ? next : UINT64_MAX, &status)) ==
	        -ETIMEDOUT) {
		fprintf(stderr, "\rWaiting for %s … %us", server,
		        (unsigned)((monotonic_now() - start) / USEC_PER_SEC));
		next += USEC_PER_SEC;
		has_shown = true;
	}
	if (has_shown)
		fprintf(stderr, "\r\033[K");
	if (r < 0)
		return -1;
	if (WIFSIGNALED(status))
		log_error("%s was terminated by signal %d (%s)", program, WTERMSIG(status),
		        strsignal(WTERMSIG(status)));
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

static int find_service_user(struct passwd **ret, struct reason *ret_reason)
{
	struct passwd *pw = getpwnam(SERVICE_USER);

	if (!pw)
		return reason_set(ret_reason, ENOENT, "no-service-user",
		        "the user " SERVICE_USER " does not exist; run systemd-sysusers, or "
		        "reinstall the package");
	*ret = pw;
	return 0;
}

static int run(enum stage stage, char *const *arguments, bool try_unit)
{
	const char *program = stages[stage].program;
	struct passwd *pw = NULL;
	struct reason reason;
	int r = 0;

	if (geteuid() == 0 && find_service_user(&pw, &reason) < 0) {
		log_error("%s", reason.text);
		return -1;
	}
	if (pw)
		r = make_runtime_dir(pw);
	if (r < 0) {
		log_error("%s: cannot be created: %s", SYSTEM_RUNTIME_DIR, strerror(-r));
		return -1;
	}
	r = try_unit ? transient_service_start(!pw, strrchr(program, '/') + 1, arguments)
	             : -ENOTSUP;
	if (r < 0)
		r = subprocess_fork(NULL);
	if (r == 0)
		run_child(arguments, pw, &(struct child){program, -1, -1});
	if (r < 0) {
		log_error("cannot start a process: %s", strerror(-r));
		return -1;
	}
	return wait_for(r, program, stages[stage].server);
}

int stage_run(enum stage stage, char *const *arguments)
{
	return run(stage, arguments, true);
}

int stage_run_for_pull(char *const *arguments)
{
	return run(STAGE_FETCH, arguments, false);
}

bool stage_is_installed(enum stage stage)
{
	return access(stages[stage].program, F_OK) == 0;
}

static int set_reason(int error, struct reason *ret_reason)
{
	if (error == -ETIMEDOUT)
		return reason_set(ret_reason, ETIMEDOUT, "timeout",
		        "AWS did not answer in time; ecr-refresher check --online shows what "
		        "fails");
	return reason_set(ret_reason, -error, "ecr-fetch", "%s cannot be run: %s", NETWORK_PROGRAM,
	        strerror(-error));
}

int stage_capture(char *const *arguments, int fd, uint64_t deadline, struct secret *ret,
        struct reason *ret_reason)
{
	_secret_ struct secret output = {};
	_cleanup_(closep) int output_fd = -1;
	struct passwd *pw = NULL;
	int r, status;
	pid_t pid;

	if (geteuid() == 0) {
		r = find_service_user(&pw, ret_reason);
		if (r < 0)
			return r;
	}
	if (access(NETWORK_PROGRAM, X_OK) < 0)
		return reason_set(ret_reason, errno, "ecr-fetch",
		        "%s cannot be run: %s; is the package installed completely?",
		        NETWORK_PROGRAM, strerror(errno));
	pid = subprocess_fork(&output_fd);
	if (pid == 0)
		run_child(arguments, pw, &(struct child){NETWORK_PROGRAM, output_fd, fd});
	r = pid < 0 ? pid : subprocess_read(pid, output_fd, deadline, MAX_OUTPUT, &output, &status);
	if (r < 0)
		return set_reason(r, ret_reason);
	secret_move(ret, &output);
	return 0;
}
