/* SPDX-License-Identifier: Apache-2.0 */
/* ecr-publish: reads the arguments and runs the publisher. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../common/become.h"
#include "../common/log.h"
#include "publish-check.h"
#include "publish.h"

#define EXIT_USAGE 2

static void usage(FILE *to)
{
	fputs("ecr-publish [OPTION…]\n"
	      "Brings the tokens to the clusters that /etc/ecr-refresher.ini names. Run by\n"
	      "ecr-refresher.service and by 'ecr-refresher refresh', as the user ecr-refresher.\n\n"
	      "      --config FILE  read FILE instead\n"
	      "      --force        send what is there already, too\n"
	      "      --dry-run      only say what would be sent\n"
	      "      --verbose      say more\n"
	      "      --help         this text\n"
	      "      --version      the version\n",
	        to);
}

struct arguments {
	struct publish_options publish;
	bool is_check;
	bool online; /* for a check */
	bool verbose;
};

/* Returns -1, or the exit status where there is nothing more to do. */
static int read_arguments(int argc, char *argv[], struct arguments *ret)
{
	/* Those without a line in the usage are ecr-refresher's way to run us. */
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	        {"force", no_argument, NULL, 'f'}, {"dry-run", no_argument, NULL, 'n'},
	        {"verbose", no_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'},
	        {"version", no_argument, NULL, 'V'}, {"check", no_argument, NULL, 'C'},
	        {"online", no_argument, NULL, 'o'}, {"by-hand", no_argument, NULL, 'b'}, {}};

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
		switch (c) {
		case 'c':
			ret->publish.config = optarg;
			break;
		case 'f':
			ret->publish.force = true;
			break;
		case 'n':
			ret->publish.dry_run = true;
			break;
		case 'v':
			ret->verbose = true;
			break;
		case 'C':
			ret->is_check = true;
			break;
		case 'o':
			ret->online = true;
			break;
		case 'b':
			ret->publish.by_hand = true;
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("ecr-publish " PROJECT_VERSION);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "ecr-publish: %s: no arguments are expected\n", argv[optind]);
	return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	struct arguments arguments = {};
	int r = read_arguments(argc, argv, &arguments);

	if (r >= 0)
		return r;
	if (geteuid() == 0) {
		fputs("ecr-publish: not as root; run 'ecr-refresher refresh' instead\n", stderr);
		return EXIT_USAGE;
	}
	become_undumpable();
	signal(SIGPIPE, SIG_IGN); /* a connection that breaks off is one error of many */
	log_setup("ecr-publish", arguments.verbose);
	return arguments.is_check ? publish_check_run(arguments.publish.config, arguments.online)
	                          : publish_run(&arguments.publish);
}
