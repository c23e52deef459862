/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "become.h"
#include "log.h"

int program_begin(const char *name, int argc, char *const *argv, bool verbose)
{
	if (optind < argc) {
		fprintf(stderr, "%s: %s: no arguments are expected\n", name, argv[optind]);
		return EXIT_USAGE;
	}
	if (geteuid() == 0) {
		fprintf(stderr, "%s: not as root; run 'ecr-refresher refresh' instead\n", name);
		return EXIT_USAGE;
	}
	become_undumpable();
	signal(SIGPIPE, SIG_IGN); /* a connection that breaks off is one error of many */
	log_setup(name, verbose);
	return -1;
}
