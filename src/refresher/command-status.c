/* SPDX-License-Identifier: Apache-2.0 */
/* ecr-refresher status: what the files of both stages say, without changing anything. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../common/log.h"
#include "../common/state.h"
#include "../common/timestamp.h"
#include "commands.h"
#include "status.h"

static const char usage[] =
        "ecr-refresher status [--json] [--config FILE]\n"
        "Shows each registry and file. Exits 1 where one of them is not fresh.\n\n"
        "      --json  as JSON\n";

static int show(struct common_options *common, bool as_json)
{
	_cleanup_(paths_done) struct paths paths = {};
	_cleanup_(config_done) struct config config = {};
	_cleanup_(tokens_done) struct tokens tokens = {};
	_cleanup_(record_done) struct record record = {};
	_cleanup_(status_done) struct status status = {};
	_secret_ struct secret text = {};
	bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	int64_t now = timestamp_now();
	struct reason reason;
	int r = paths_find(common->config, &paths, &reason);

	if (r == 0 && state_load_config(&paths, &config, true) < 0)
		return EXIT_CONFIG;
	if (r == 0)
		r = state_load_tokens(&paths, &tokens, &reason);
	if (r == 0)
		r = record_load(&paths, &record, &reason);
	if (r < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	status_make(&config, &tokens, &record, now, &status);
	if (as_json)
		status_format_json(&status, &text);
	else
		status_format_table(&status, now, colour, &text);
	if (fputs(secret_string(&text), stdout) < 0 || fflush(stdout) < 0)
		return EXIT_FAILURE;
	return status.is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int command_status(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {
	        COMMON_LONG_OPTIONS{"json", no_argument, NULL, 'j'}, {}};
	bool as_json = false;

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
		if (common_option(c, optarg, common))
			continue;
		if (c != 'j')
			return command_usage(c, usage);
		as_json = true;
	}
	if (optind < argc)
		return command_usage('?', usage);
	log_setup("ecr-refresher", common->verbose);
	return show(common, as_json);
}
