/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the arguments of check. The caller controls them; the ini is checked by check_run(). */
#include "refresher/command-check.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/log.h"
#include "check/check.h"

static const char usage[] =
        "ecr-refresher check [--online] [--config FILE] [--verbose]\n"
        "Reports why a pull would fail, and how to fix it: checks the ini, the units, the AWS\n"
        "identities, the tokens, and whether docker, podman and Watchtower find the entries of\n"
        "each user. Changes nothing; exits 1 if something is wrong.\n\n"
        "      --online  also make requests to AWS and the registries\n";

int command_check(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {
	        COMMON_LONG_OPTIONS{"online", no_argument, NULL, 'o'}, {}};
	bool online = false;

	for (int c; (c = command_getopt(argc, argv, "", options)) >= 0;) {
		if (common_option(c, optarg, common))
			continue;
		if (c != 'o')
			return command_usage(c, usage);
		online = true;
	}
	if (optind < argc)
		return command_usage('?', usage);
	log_setup("ecr-refresher", common->verbose);
	return check_run(&(struct check_options){
	        .config = common->config, .online = online, .verbose = common->verbose});
}
