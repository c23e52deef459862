/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a password, for scripts without the AWS CLI. The caller controls the arguments. */
#include "refresher/command-get-login-password.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "refresher/get-token-command.h"
#include "state/tokens.h"

static const char usage[] =
        "ecr-refresher get-login-password [HOST | --region REGION] [--config FILE] [--verbose]\n"
        "Prints only the password of an Amazon ECR registry:\n\n"
        "    ecr-refresher get-login-password HOST | docker login -u AWS --password-stdin HOST\n\n"
        "One password is valid for all registries of its region that the identity may access.\n"
        "Without HOST the region is AWS_REGION, or that of the only registry in the ini.\n";

int command_get_login_password(int argc, char *argv[], struct common_options *common)
{
	_cleanup_(pull_token_done) struct pull_token token = {};
	_secret_ struct secret user = {}, line = {};
	struct reason reason;
	const char *password;
	int r = get_token_command(argc, argv, common, usage, &token);

	if (r >= 0)
		return r;
	if (token_split(&token.authorization, &user, &password, &reason) < 0) {
		log_error("%s: %s", token.host, reason.text);
		return EXIT_FAILURE;
	}
	secret_append_string(&line, password);
	secret_append_string(&line, "\n");
	r = file_write_all(STDOUT_FILENO, line.data, line.size);
	if (r < 0)
		log_error("standard output: %s", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
