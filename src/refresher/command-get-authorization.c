/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a header, for manual requests to a registry. The caller controls the arguments. */
#include "refresher/command-get-authorization.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "refresher/get-token-command.h"

static const char usage[] =
        "ecr-refresher get-authorization [HOST | --region REGION] [--config FILE] [--verbose]\n"
        "Prints only the HTTP header that authorizes requests to an Amazon ECR registry:\n\n"
        "    ecr-refresher get-authorization HOST | curl -H @- https://HOST/v2/NAME/tags/list\n\n"
        "One header is valid for all registries of its region that the identity may access.\n"
        "Without HOST the region is AWS_REGION, or that of the only registry in the ini.\n";

int command_get_authorization(int argc, char *argv[], struct common_options *common)
{
	_cleanup_(pull_token_done) struct pull_token token = {};
	_secret_ struct secret text = {};
	int r = get_token_command(argc, argv, common, usage, &token);

	if (r >= 0)
		return r;
	secret_append_string(&text, "Authorization: Basic ");
	secret_append_string(&text, secret_string(&token.authorization));
	secret_append_string(&text, "\n");
	r = file_write_all(STDOUT_FILENO, text.data, text.size);
	if (r < 0)
		log_error("standard output: %s", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
