/* SPDX-License-Identifier: Apache-2.0 */
/* ecr-fetch: reads the arguments and runs the fetcher. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../common/alloc.h"
#include "../common/become.h"
#include "../common/log.h"
#include "fetch.h"

#define EXIT_USAGE 2

static void usage(FILE *to)
{
	fputs("ecr-fetch [OPTION…]\n"
	      "Gets the tokens that /etc/ecr-refresher.ini asks for. Run by ecr-refresher.service "
	      "and\n"
	      "by 'ecr-refresher refresh', as the user ecr-refresher.\n\n"
	      "      --config FILE  read FILE instead\n"
	      "      --user NAME    only what this user needs; may be repeated\n"
	      "      --force        renew tokens that are still fresh, too\n"
	      "      --dry-run      only say what would be asked for\n"
	      "      --verbose      say more\n"
	      "      --help         this text\n"
	      "      --version      the version\n",
	        to);
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	        {"user", required_argument, NULL, 'u'}, {"force", no_argument, NULL, 'f'},
	        {"dry-run", no_argument, NULL, 'n'}, {"verbose", no_argument, NULL, 'v'},
	        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {}};
	_cleanup_(freep) char **users = NULL;
	struct fetch_options o = {};
	bool verbose = false;

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
		switch (c) {
		case 'c':
			o.config = optarg;
			break;
		case 'u':
			*(char **)array_append(&users, &o.n_users, sizeof(*users)) = optarg;
			break;
		case 'f':
			o.force = true;
			break;
		case 'n':
			o.dry_run = true;
			break;
		case 'v':
			verbose = true;
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("ecr-fetch " PROJECT_VERSION);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "ecr-fetch: %s: no arguments are expected\n", argv[optind]);
		return EXIT_USAGE;
	}
	if (geteuid() == 0) {
		fputs("ecr-fetch: not as root; run 'ecr-refresher refresh' instead\n", stderr);
		return EXIT_USAGE;
	}
	o.users = users;
	become_undumpable();
	log_setup("ecr-fetch", verbose);
	return fetch_run(&o);
}
