/* SPDX-License-Identifier: Apache-2.0 */
/* ecr-refresher check: why a pull would fail, and what to do about it. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "../common/alloc.h"
#include "../common/fetcher.h"
#include "../common/log.h"
#include "commands.h"

static const char usage[] =
        "ecr-refresher check [--online] [--config FILE] [--verbose]\n"
        "Says of each AWS identity who it is, or why it is nobody. Fetches and writes no token;\n"
        "exits 1 where an identity does not work.\n\n"
        "      --online  ask AWS, too, who it is\n";

/* What the user ecr-refresher finds out, with the network: the AWS identities. */
static int check_identities(const struct common_options *common, bool online)
{
	_cleanup_(freep) const char **arguments = NULL;
	size_t n = 0;
	int r;

#define ADD(s) (*(const char **)array_append(&arguments, &n, sizeof(*arguments)) = (s))
	ADD("--check");
	if (online)
		ADD("--online");
	if (common->config) {
		ADD("--config");
		ADD(common->config);
	}
	if (common->verbose)
		ADD("--verbose");
	ADD(NULL);
#undef ADD
	r = fetcher_run((char *const *)arguments);
	return r < 0 ? EXIT_FAILURE : r;
}

int command_check(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {
	        COMMON_LONG_OPTIONS{"online", no_argument, NULL, 'o'}, {}};
	bool online = false;

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
		if (common_option(c, optarg, common))
			continue;
		if (c != 'o')
			return command_usage(c, usage);
		online = true;
	}
	if (optind < argc)
		return command_usage('?', usage);
	log_setup("ecr-refresher", common->verbose);
	return check_identities(common, online);
}
