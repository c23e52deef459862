/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecr-refresher credential-helper, or docker-credential-ecr-refresher: docker, podman, skopeo and
 * buildah run it with a word of the protocol, and the server on standard input. By the protocol
 * errors go to standard output, too, with exit status 1.
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
        "Gives docker, podman and others the password of an Amazon ECR registry when they ask.\n"
        "They run it as docker-credential-ecr-refresher; ~/.docker/config.json says for which:\n\n"
        "    {\"credHelpers\": {\"123456789012.dkr.ecr.eu-central-1.amazonaws.com\": "
        "\"ecr-refresher\"}}\n";

/* One write(), for half an answer is none. Returns an exit status. */
static int say(const char *text, size_t size, int status)
{
	int r = file_write_all(STDOUT_FILENO, text, size);

	if (r < 0)
		log_error("standard output: %s", strerror(-r));
	return r < 0 ? EXIT_FAILURE : status;
}

static int fail(const char *text)
{
	_cleanup_(freep) char *line = xasprintf("%s\n", text);

	return say(line, strlen(line), EXIT_FAILURE);
}

/* Returns 0, or -1 after saying what is wrong. */
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
		text = xstrdup("standard input has no end; whoever writes it has to close it");
	else
		text = xasprintf("standard input: %s", strerror(-r));
	fail(text);
	return -1;
}

/*
 * What is not ours the caller is to ask somebody else for, or pull without; and so with ECR
 * Public, where a pull without is better than none. docker shows its user what stands on standard
 * error and keeps the other to itself, podman shows both.
 */
static int fail_get(const char *server, int error, const struct reason *reason)
{
	struct registry_host host;

	if (error == -ENOTSUP)
		return fail(HELPER_NOT_FOUND);
	pull_log_failure(server, reason);
	log_error("%s: %s", server, reason->text);
	if (registry_host_parse(server, &host) < 0 || host.service != SERVICE_ECR_PUBLIC)
		return fail(reason->text);
	return fail(HELPER_NOT_FOUND);
}

static int get(const struct common_options *common)
{
	uint64_t deadline = monotonic_now() + PULL_TIMEOUT_USEC;
	_cleanup_(pull_token_done) struct pull_token answer = {};
	_cleanup_(freep) char *server = NULL;
	_secret_ struct secret text = {};
	struct reason reason;
	int r;

	if (read_request(deadline, &text) < 0)
		return EXIT_FAILURE;
	if (helper_read_server(secret_string(&text), text.size, &server, &reason) < 0)
		return fail(reason.text);
	r = pull_get_token(
	        &(struct pull_request){
	                .host = server, .config = common->config, .deadline = deadline},
	        &answer, &reason);
	secret_done(&text);
	if (r == 0)
		r = helper_format_reply(server, &answer.authorization, &text, &reason);
	if (r < 0)
		return fail_get(server, r, &reason);
	pull_log_rebuilt_cache(&answer);
	return say(text.data, text.size, EXIT_SUCCESS);
}

/* As the Go helper reads it. */
static bool storage_is_ignored(void)
{
	const char *value = environment_get("AWS_ECR_IGNORE_CREDS_STORAGE");

	return value && strcmp(value, "true") == 0;
}

/*
 * `docker login` to ECR has worked when we are asked to keep its password, and we will have one
 * whenever it is needed: so it succeeds, and nothing is kept.
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
		return fail(reason.text);
	if (known_registries_has(common->config, server))
		return EXIT_SUCCESS;
	text = xasprintf("docker-credential-ecr-refresher keeps Amazon ECR registries only, not "
	                 "%.300s; in config.json name it in \"credHelpers\", host by host, instead "
	                 "of \"credsStore\"",
	        server);
	return fail(text);
}

static int list(const struct common_options *common)
{
	_cleanup_(known_registries_done) struct known_registries hosts = {};
	_secret_ struct secret text = {};
	struct reason reason;

	if (known_registries_find(common->config, &hosts, &reason) < 0)
		return fail(reason.text);
	helper_format_list(&hosts, &text);
	return say(text.data, text.size, EXIT_SUCCESS);
}

static int act(const char *action, const struct common_options *common)
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
		return say(version, strlen(version), EXIT_SUCCESS);
	snprintf(text, sizeof(text), "Unknown credential action `%.64s`", action);
	return fail(text);
}

int command_credential_helper(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {
	        COMMON_LONG_OPTIONS{"version", no_argument, NULL, 'V'}, {}};

	/* As docker calls it: nothing to be looked for. */
	if (argc == 2 && argv[1][0] != '-') {
		log_setup("ecr-refresher", common->verbose);
		return act(argv[1], common);
	}
	for (int c; (c = command_getopt(argc, argv, "v", options)) >= 0;) {
		if (c == 'V' || c == 'v')
			return act("version", common);
		if (!common_option(c, optarg, common))
			return command_usage(c, usage);
	}
	log_setup("ecr-refresher", common->verbose);
	if (argc - optind != 1)
		return fail("Usage: docker-credential-ecr-refresher "
		            "<store|get|erase|list|version>");
	return act(argv[optind], common);
}
