/* SPDX-License-Identifier: Apache-2.0 */
/* ecr-refresher check: why a pull would fail, and what to do about it. */
#include "refresher/command-check.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/log.h"
#include "check/check.h"

static const char usage[] =
        "ecr-refresher check [--online] [--config FILE] [--verbose]\n"
        "Says why a pull would fail, and what to type: the ini, the units, the AWS identities, "
        "the\n"
        "tokens, and whether docker, podman and Watchtower find the entries of each user.\n"
        "Changes nothing; exits 1 where something is wrong.\n\n"
        "      --online  ask AWS and the registries, too\n";

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
