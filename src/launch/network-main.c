/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/network-main.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/drop-privileges.h"
#include "base/exit-status.h"
#include "base/log.h"
#include "base/subprocess.h"

void network_main_end_with_input(void)
{
	struct pollfd input = {.fd = STDIN_FILENO};

	if (fcntl(STDIN_FILENO, F_SETOWN, getpid()) < 0 ||
	        fcntl(STDIN_FILENO, F_SETSIG, SIGTERM) < 0 ||
	        fcntl(STDIN_FILENO, F_SETFL, O_ASYNC) < 0)
		return; /* not a pipe */
	if (poll(&input, 1, 0) > 0 && (input.revents & POLLHUP))
		raise(SIGTERM); /* it has been closed already */
}

int network_main_init(const char *name, int argc, char *const *argv, bool verbose)
{
	if (optind < argc) {
		fprintf(stderr, "%s: %s: no arguments are expected\n", name, argv[optind]);
		return EXIT_USAGE;
	}
	if (geteuid() == 0) {
		fprintf(stderr, "%s: must not run as root; run 'ecr-refresher refresh' instead\n",
		        name);
		return EXIT_USAGE;
	}
	forbid_dumps();
	subprocess_setup();
	signal(SIGPIPE, SIG_IGN); /* a broken connection is an ordinary error */
	log_setup(name, verbose);
	return -1;
}

int network_main_exec(const char *name, char *const *argv)
{
	_cleanup_(freep) char *path = xconcat(LIBEXECDIR "/network/", name, NULL);

	int error;

	execv(path, argv);
	error = errno;
	log_setup(name, false);
	log_error("%s cannot be run: %s; is the package installed completely?", path,
	        strerror(error));
	return EXIT_FAILURE;
}
