/* SPDX-License-Identifier: Apache-2.0 */
/* Gets a token for a command. The caller controls its arguments. */
#include "refresher/get-token-command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "base/exit-status.h"
#include "base/log.h"
#include "pull/known-registries.h"
#include "refresher/pull-log.h"

/* region: if the caller named a region, for which we made up the host; or NULL. */
static int get_token(const char *host, const char *region, const struct common_options *common,
        struct pull_token *ret)
{
	struct reason reason;
	int r = pull_get_token(
	        &(struct pull_request){.host = host, .config = common->config}, ret, &reason);

	if (r == 0) {
		pull_log_rebuilt_cache(ret);
		return -1;
	}
	if (r == -ENOTSUP) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	pull_log_failure(host, &reason);
	log_error("%s: %s", region ? region : host, reason.text);
	return EXIT_FAILURE;
}

int get_token_command(int argc, char *argv[], struct common_options *common, const char *usage,
        struct pull_token *ret)
{
	static const struct option options[] = {
	        COMMON_LONG_OPTIONS{"region", required_argument, NULL, 'r'}, {}};
	char guessed[HOST_NAME_MAX_SIZE];
	const char *region = NULL;
	struct reason reason;

	for (int c; (c = command_getopt(argc, argv, "", options)) >= 0;) {
		if (c == 'r')
			region = optarg;
		else if (!common_option(c, optarg, common))
			return command_usage(c, usage);
	}
	if (argc - optind > 1 || (region && optind < argc))
		return command_usage('?', usage);
	log_setup("ecr-refresher", common->verbose);
	if (optind < argc)
		return get_token(argv[optind], NULL, common, ret);
	if (known_registries_guess(common->config, region, guessed, &reason) == 0)
		return get_token(guessed, region, common, ret);
	log_error("%s", reason.text);
	return EXIT_USAGE;
}
