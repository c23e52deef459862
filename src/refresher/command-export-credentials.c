/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs ecr-fetch, which writes the credentials to standard output: they are never in our memory.
 * The caller controls the arguments.
 */
#include "refresher/command-export-credentials.h"

#include <getopt.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/log.h"
#include "launch/stage.h"

static const char usage[] =
        "ecr-refresher export-credentials [IDENTITY] [--config FILE] [--verbose]\n"
        "Prints the AWS credentials of [aws], or [aws IDENTITY], as the JSON of a "
        "credential_process:\n\n"
        "    [profile from-ecr-refresher]\n"
        "    credential_process = ecr-refresher export-credentials\n";

int command_export_credentials(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {COMMON_LONG_OPTIONS{}};
	_cleanup_(freep) const char **arguments = NULL;
	size_t n = 0;
	int r;

	for (int c; (c = command_getopt(argc, argv, "", options)) >= 0;)
		if (!common_option(c, optarg, common))
			return command_usage(c, usage);
	if (argc - optind > 1)
		return command_usage('?', usage);
#define ADD(s) (*(const char **)array_append(&arguments, &n, sizeof(*arguments)) = (s))
	ADD("--export-credentials");
	ADD(optind < argc ? argv[optind] : "");
	if (common->config) {
		ADD("--config");
		ADD(common->config);
	}
	if (common->verbose)
		ADD("--verbose");
	ADD(NULL);
#undef ADD
	log_setup("ecr-refresher", common->verbose);
	r = stage_run(STAGE_FETCH, (char *const *)arguments);
	return r < 0 ? EXIT_FAILURE : r;
}
