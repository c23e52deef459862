/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network program ecr-fetch: reads the arguments and runs what they request. The user
 * ecr-refresher, or an ordinary one, controls them.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/exit-status.h"
#include "fetch/export-credentials.h"
#include "fetch/fetch-check.h"
#include "fetch/fetch-one.h"
#include "fetch/fetch.h"
#include "launch/network-main.h"

static void usage(FILE *to)
{
	fputs("ecr-fetch [OPTION…]\nGets the tokens that /etc/ecr-refresher.ini requires. Run by "
	      "ecr-refresher.service and\nby 'ecr-refresher refresh', as the user "
	      "ecr-refresher.\n\n      --config FILE  read FILE instead\n      --user NAME    only "
	      "what this user needs; may be repeated\n      --force        also renew tokens that "
	      "are still fresh\n      --dry-run      only print what would be requested\n      "
	      "--verbose      log more\n      --help         this text\n      --version      the "
	      "version\n",
	        to);
}

enum action { FETCH, CHECK, EXPORT, PRINT_TOKEN };

struct arguments {
	enum action action;
	struct fetch_options fetch;
	const char *identity; /* to export */
	struct fetch_one_options one;
	struct fetch_check_options check;
	bool verbose;
};

/* Returns -1 to continue, or an exit status. */
static int read_arguments(int argc, char *argv[], struct arguments *ret)
{
	/* Options without a line in the usage are for ecr-refresher. */
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	        {"user", required_argument, NULL, 'u'}, {"force", no_argument, NULL, 'f'},
	        {"dry-run", no_argument, NULL, 'n'}, {"verbose", no_argument, NULL, 'v'},
	        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'},
	        {"check", no_argument, NULL, 'C'}, {"online", no_argument, NULL, 'o'},
	        {"for-pull", no_argument, NULL, 'p'}, {"host", required_argument, NULL, 'H'},
	        {"export-credentials", required_argument, NULL, 'E'},
	        {"print-token", required_argument, NULL, 'A'},
	        {"deadline", required_argument, NULL, 'D'},
	        {"role-arn", required_argument, NULL, 'R'},
	        {"token-fd", required_argument, NULL, 'T'}, {"by-hand", no_argument, NULL, 'b'},
	        {"end-with-input", no_argument, NULL, 'i'}, {}};
	char **user, **host;

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
		switch (c) {
		case 'c':
			ret->fetch.config = optarg;
			break;
		case 'u':
			user = array_append(&ret->fetch.users, &ret->fetch.n_users, sizeof(*user));
			*user = optarg;
			break;
		case 'f':
			ret->fetch.force = true;
			break;
		case 'n':
			ret->fetch.dry_run = true;
			break;
		case 'v':
			ret->verbose = true;
			break;
		case 'C':
			ret->action = CHECK;
			break;
		case 'o':
			ret->check.online = true;
			break;
		case 'p':
			ret->check.for_pull = true;
			break;
		case 'H':
			host = array_append(&ret->check.hosts, &ret->check.n_hosts, sizeof(*host));
			*host = optarg;
			break;
		case 'E':
			ret->action = EXPORT;
			ret->identity = optarg;
			break;
		case 'A':
			ret->action = PRINT_TOKEN;
			ret->one.host = optarg;
			break;
		case 'D':
			ret->one.deadline = strtoull(optarg, NULL, 10);
			break;
		case 'R':
			ret->one.role_arn = optarg;
			break;
		case 'T':
			ret->one.token_fd = atoi(optarg);
			break;
		case 'b':
			ret->fetch.by_hand = true;
			break;
		case 'i':
			network_main_end_with_input();
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
	return network_main_init("ecr-fetch", argc, argv, ret->verbose);
}

static int run(struct arguments *arguments)
{
	arguments->one.config = arguments->fetch.config;
	switch (arguments->action) {
	case CHECK:
		arguments->check.config = arguments->fetch.config;
		return fetch_check_run(&arguments->check);
	case EXPORT:
		return export_credentials_run(arguments->fetch.config, arguments->identity);
	case PRINT_TOKEN:
		return fetch_one_run(&arguments->one);
	default:
		return fetch_run(&arguments->fetch);
	}
}

int main(int argc, char *argv[])
{
	struct arguments arguments = {.one.token_fd = -1};
	int r = read_arguments(argc, argv, &arguments);

	if (r < 0)
		r = run(&arguments);
	free(arguments.fetch.users);
	free(arguments.check.hosts);
	return r;
}
