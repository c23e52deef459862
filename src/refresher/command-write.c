/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the writer alone. The unit, or an administrator, controls the arguments. */
#include "refresher/command-write.h"

#include <getopt.h>
#include <stdio.h>

#include "base/log.h"
#include "write/write.h"

int command_write(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {COMMON_LONG_OPTIONS{}};
	struct write_options o = {};

	for (int c; (c = command_getopt(argc, argv, "", options)) >= 0;)
		if (!common_option(c, optarg, common))
			return command_usage(c, "ecr-refresher write [--config FILE] [--verbose]\n"
			                        "Writes every user's files from the tokens that "
			                        "ecr-fetch left. Run by ecr-refresher.service.\n");
	if (optind < argc)
		return command_usage('?', "ecr-refresher write takes no arguments\n");
	o.config = common->config;
	log_setup("ecr-refresher", common->verbose);
	return write_run(&o);
}
