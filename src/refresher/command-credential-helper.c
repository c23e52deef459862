/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker, podman, skopeo and buildah run docker-credential-ecr-refresher with an action of the
 * protocol and the server on standard input. As the protocol requires, errors also go to standard
 * output, with exit status 1. The caller controls the arguments and the input.
 */
#include "refresher/command-credential-helper.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "pull/helper-protocol.h"
#include "pull/known-registries.h"
#include "pull/pull.h"
#include "pull/read-input.h"
#include "refresher/pull-log.h"

static const char usage[] =
        "ecr-refresher credential-helper get|store|erase|list|version [--config FILE]\n"
        "Returns the password of an Amazon ECR registry to docker, podman and others. They run it\n"
        "as docker-credential-ecr-refresher for the registries in ~/.docker/config.json:\n\n"
        "    {\"credHelpers\": {\"123456789012.dkr.ecr.eu-central-1.amazonaws.com\": "
        "\"ecr-refresher\"}}\n";

/* Writes the reply, all at once because half of it is of no use. Returns an exit status. */
static int write_reply(const char *text, size_t size, int status)
{
	int r = file_write_all(STDOUT_FILENO, text, size);

	if (r < 0)
		log_error("standard output: %s", strerror(-r));
	return r < 0 ? EXIT_FAILURE : status;
}

static int write_error(const char *text)
{
	_cleanup_(freep) char *line = xasprintf("%s\n", text);

	return write_reply(line, strlen(line), EXIT_FAILURE);
}

/* Reads standard input. Returns 0, or -1 after writing the error. */
static int read_request(uint64_t deadline, struct secret *ret)
{
	int r = read_input(STDIN_FILENO, HELPER_INPUT_MAX_SIZE, deadline, ret);
	_cleanup_(freep) char *text = NULL;

	if (r == 0)
		return 0;
	if (r == -EFBIG)
		text = xasprintf("standard input is too large, more than %d KiB",
		        HELPER_INPUT_MAX_SIZE / 1024);
	else if (r == -ETIMEDOUT)
		text = xstrdup("standard input was not closed in time; the caller must close it");
	else
		text = xasprintf("standard input: %s", strerror(-r));
	write_error(text);
	return -1;
}

/*
 * Logs and reports why there is no token. For a foreign host the caller should try another helper
 * or pull anonymously; also for ECR Public, because an anonymous pull is better than none. docker
 * shows only standard error, podman shows both streams.
 */
static int report_failure(const char *server, int error, const struct reason *reason)
{
	struct registry_host host;

	if (error == -ENOTSUP)
		return write_error(HELPER_NOT_FOUND);
	pull_log_failure(server, reason);
	log_error("%s: %s", server, reason->text);
	if (registry_host_parse(server, &host) < 0 || host.service != SERVICE_ECR_PUBLIC)
		return write_error(reason->text);
	return write_error(HELPER_NOT_FOUND);
}

static int get(const struct common_options *common)
{
	uint64_t deadline = monotonic_now() + PULL_TIMEOUT_USEC;
	_cleanup_(pull_token_done) struct pull_token token = {};
	_cleanup_(freep) char *server = NULL;
	_secret_ struct secret text = {};
	struct reason reason;
	int r;

	if (read_request(deadline, &text) < 0)
		return EXIT_FAILURE;
	if (helper_read_server(secret_string(&text), text.size, &server, &reason) < 0)
		return write_error(reason.text);
	r = pull_get_token(
	        &(struct pull_request){
	                .host = server, .config = common->config, .deadline = deadline},
	        &token, &reason);
	secret_done(&text);
	if (r == 0)
		r = helper_format_reply(server, &token.authorization, &text, &reason);
	if (r < 0)
		return report_failure(server, r, &reason);
	pull_log_rebuilt_cache(&token);
	return write_reply(text.data, text.size, EXIT_SUCCESS);
}

/* Reports whether to ignore store and erase, as Amazon's helper does. */
static bool storage_is_ignored(void)
{
	const char *value = environment_get("AWS_ECR_IGNORE_CREDS_STORAGE");

	return value && strcmp(value, "true") == 0;
}

/*
 * Accepts a password without storing it: `docker login` to ECR has worked by then, and we can get a
 * password whenever it is needed.
 */
static int store_or_erase(const struct common_options *common, bool is_store)
{
	uint64_t deadline = monotonic_now() + PULL_TIMEOUT_USEC;
	_cleanup_(freep) char *server = NULL, *text = NULL;
	_secret_ struct secret input = {};
	struct reason reason;
	int r;

	if (storage_is_ignored())
		return EXIT_SUCCESS;
	if (read_request(deadline, &input) < 0)
		return EXIT_FAILURE;
	r = (is_store ? helper_read_store : helper_read_server)(
	        secret_string(&input), input.size, &server, &reason);
	if (r < 0)
		return write_error(reason.text);
	if (known_registries_has(common->config, server))
		return EXIT_SUCCESS;
	text = xasprintf("docker-credential-ecr-refresher serves only Amazon ECR registries, not "
	                 "%.300s; in config.json name it in \"credHelpers\", host by host, instead "
	                 "of \"credsStore\"",
	        server);
	return write_error(text);
}

static int list(const struct common_options *common)
{
	_cleanup_(known_registries_done) struct known_registries hosts = {};
	_secret_ struct secret text = {};
	struct reason reason;

	if (known_registries_find(common->config, &hosts, &reason) < 0)
		return write_error(reason.text);
	helper_format_list(&hosts, &text);
	return write_reply(text.data, text.size, EXIT_SUCCESS);
}

static int run_action(const char *action, const struct common_options *common)
{
	static const char version[] =
	        "docker-credential-ecr-refresher (ecr-refresher) " PROJECT_VERSION "\n";
	char text[128];

	if (strcmp(action, "get") == 0)
		return get(common);
	if (strcmp(action, "store") == 0 || strcmp(action, "erase") == 0)
		return store_or_erase(common, *action == 's');
	if (strcmp(action, "list") == 0)
		return list(common);
	if (strcmp(action, "version") == 0)
		return write_reply(version, strlen(version), EXIT_SUCCESS);
	snprintf(text, sizeof(text), "Unknown credential action `%.64s`", action);
	return write_error(text);
}

int command_credential_helper(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {
	        COMMON_LONG_OPTIONS{"version", no_argument, NULL, 'V'}, {}};

	/* As docker runs it: no options to parse. */
	if (argc == 2 && argv[1][0] != '-') {
		log_setup("ecr-refresher", common->verbose);
		return run_action(argv[1], common);
	}
	for (int c; (c = command_getopt(argc, argv, "v", options)) >= 0;) {
		if (c == 'V' || c == 'v')
			return run_action("version", common);
		if (!common_option(c, optarg, common))
			return command_usage(c, usage);
	}
	log_setup("ecr-refresher", common->verbose);
	if (argc - optind != 1)
		return write_error("Usage: docker-credential-ecr-refresher "
		                   "<store|get|erase|list|version>");
	return run_action(argv[optind], common);
}
