/* SPDX-License-Identifier: Apache-2.0 */
/* ecr-publish, the network program: reads the arguments and runs the publisher. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/exit-status.h"
#include "launch/network-main.h"
#include "publish/publish-check.h"
#include "publish/publish.h"

static void usage(FILE *to)
{
	fputs("ecr-publish [OPTION…]\n"
	      "Publishes the tokens to the clusters in /etc/ecr-refresher.ini. Run by\n"
	      "ecr-refresher.service and 'ecr-refresher refresh', as the user ecr-refresher.\n\n"
	      "      --config FILE  read FILE instead\n"
	      "      --force        also send what is in place, and remove any number of objects\n"
	      "      --dry-run      print what would be done; reads from the clusters\n"
	      "      --verbose      log more\n"
	      "      --help         print this text\n"
	      "      --version      print the version\n",
	        to);
}

struct arguments {
	struct publish_options publish;
	bool is_check;
	bool online; /* for a check */
	bool verbose;
};

/* Returns -1 if the program should go on, or its exit status. */
static int read_arguments(int argc, char *argv[], struct arguments *ret)
{
	/* The usage omits options that only ecr-refresher uses. */
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	        {"force", no_argument, NULL, 'f'}, {"dry-run", no_argument, NULL, 'n'},
	        {"verbose", no_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'},
	        {"version", no_argument, NULL, 'V'}, {"check", no_argument, NULL, 'C'},
	        {"online", no_argument, NULL, 'o'}, {"by-hand", no_argument, NULL, 'b'},
	        {"end-with-input", no_argument, NULL, 'i'}, {}};

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
		case 'i':
			network_main_end_with_input();
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
	return network_main_init("ecr-publish", argc, argv, ret->verbose);
}

int main(int argc, char *argv[])
{
	struct arguments arguments = {};
	int r = read_arguments(argc, argv, &arguments);

	if (r >= 0)
		return r;
	return arguments.is_check ? publish_check_run(arguments.publish.config, arguments.online)
	                          : publish_run(&arguments.publish);
}
