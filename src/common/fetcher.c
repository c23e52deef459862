/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ecr-refresher.service's User= and RuntimeDirectory= do, for a run by hand: the network part
 * never runs as root, and gets of root's environment only what it has a use for.
 */
#include "fetcher.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "alloc.h"
#include "become.h"
#include "log.h"
#include "paths.h"
#include "timespan.h"
#include "timestamp.h"

#define PROGRAM LIBEXECDIR "/ecr-fetch"

/* Handed on: AWS's own variables, proxies, and how to speak. */
static bool is_passed_on(const char *variable)
{
	static const char *const names[] = {"http_proxy=", "https_proxy=", "all_proxy=",
	        "no_proxy=", "PATH=", "LANG=", "LC_ALL=", "TZ=", "NO_COLOR=", "TERM="};

	if (strncmp(variable, "AWS_", 4) == 0)
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

/* As RuntimeDirectory= makes it. */
static int make_runtime_dir(const struct passwd *pw)
{
	if (mkdir(SYSTEM_RUNTIME_DIR, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	return chown(SYSTEM_RUNTIME_DIR, pw->pw_uid, pw->pw_gid) < 0 ? -errno : 0;
}

_Noreturn static void run_child(char *const *argv, const struct passwd *pw)
{
	if (pw) {
		environ = service_environment(pw);
		/* Another user gets no hold of root's terminal; it ends when we do. */
		if (setsid() < 0 || become_user(pw) < 0 || chdir("/") < 0 ||
		        prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) {
			log_error("cannot become the user %s", pw->pw_name);
			_exit(EXIT_FAILURE);
		}
	}
	execv(PROGRAM, argv);
	log_error("%s cannot be run: %s; is the package installed?", PROGRAM, strerror(errno));
	_exit(EXIT_FAILURE);
}

/* Shows on a terminal that something is going on when it takes longer than a second. */
static int wait_for(pid_t pid)
{
	_cleanup_(closep) int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool talks = fd >= 0 && isatty(STDERR_FILENO), has_talked = false;
	uint64_t start = monotonic_now();
	struct pollfd end = {.fd = fd, .events = POLLIN};
	int status;

	while (talks && poll(&end, 1, 1000) == 0) {
		fprintf(stderr, "\rAsking AWS … %us",
		        (unsigned)((monotonic_now() - start) / USEC_PER_SEC));
		has_talked = true;
	}
	if (has_talked)
		fprintf(stderr, "\r\033[K");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

static int find_service_user(struct passwd **ret)
{
	struct passwd *pw = getpwnam(SERVICE_USER);
	int r;

	if (!pw) {
		log_error("the user " SERVICE_USER " does not exist; run systemd-sysusers, or "
		          "install the package again");
		return -1;
	}
	r = make_runtime_dir(pw);
	if (r < 0) {
		log_error("%s: cannot be made: %s", SYSTEM_RUNTIME_DIR, strerror(-r));
		return -1;
	}
	*ret = pw;
	return 0;
}

int fetcher_run(char *const *arguments)
{
	_cleanup_(freep) char **argv = NULL;
	struct passwd *pw = NULL;
	size_t n = 0;
	pid_t pid;

	*(const char **)array_append(&argv, &n, sizeof(*argv)) = "ecr-fetch";
	for (; *arguments; arguments++)
		*(char **)array_append(&argv, &n, sizeof(*argv)) = *arguments;
	array_append(&argv, &n, sizeof(*argv)); /* NULL */
	if (geteuid() == 0 && find_service_user(&pw) < 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_child(argv, pw);
	if (pid < 0) {
		log_error("no child process: %s", strerror(errno));
		return -1;
	}
	return wait_for(pid);
}
