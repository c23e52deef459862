/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubelet runs ecr-refresher-credential-provider with a request on standard input and reads the
 * reply from standard output. If it fails, its standard error appears in kubelet's log. kubelet
 * controls the input.
 */
#include "refresher/command-kubelet.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "pull/kubelet-reply.h"
#include "pull/kubelet-request.h"
#include "pull/pull.h"
#include "pull/read-input.h"
#include "refresher/pull-log.h"

static const char usage[] =
        "ecr-refresher kubelet-credential-provider [--config FILE] [--verbose]\n"
        "Answers kubelet's request for an image's credentials "
        "(credentialprovider.kubelet.k8s.io).\n"
        "kubelet runs it as ecr-refresher-credential-provider; for a CredentialProviderConfig\n"
        "see /usr/share/doc/ecr-refresher/examples/credential-provider-config.yaml.\n";

static int read_request(uint64_t deadline, struct kubelet_request *ret, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	int r = read_input(STDIN_FILENO, KUBELET_REQUEST_MAX_SIZE, deadline, &text);

	if (r == -EFBIG)
		return reason_set(ret_reason, EFBIG, "bad-request",
		        "the request on standard input is too large, more than %d bytes",
		        KUBELET_REQUEST_MAX_SIZE);
	if (r == -ETIMEDOUT)
		return reason_set(ret_reason, ETIMEDOUT, "bad-request",
		        "standard input was not closed in time; the caller must close it");
	if (r < 0)
		return reason_set(ret_reason, -r, "bad-request",
		        "no request could be read from standard input: %s; this program is meant "
		        "to be run by kubelet",
		        strerror(-r));
	return kubelet_request_parse(
	        text.data, text.size, getenv("AWS_ECR_ROLE_ARN"), ret, ret_reason);
}

/* Makes the reply. A foreign registry is not a failure: another plugin may serve it, or it may need
 * no credentials. */
static int make_reply(const struct kubelet_request *request, const char *config, uint64_t deadline,
        struct secret *ret, struct reason *ret_reason)
{
	_cleanup_(pull_token_done) struct pull_token token = {};
	struct pull_request pull = {
	        .host = request->registry,
	        .config = config,
	        .deadline = deadline,
	        .role_arn = request->role_arn,
	        .web_identity_token = request->role_arn ? &request->token : NULL,
	};
	int r = -ENOTSUP;

	if (request->registry)
		r = pull_get_token(&pull, &token, ret_reason);
	if (r == -ENOTSUP) {
		kubelet_reply_nothing(request->api_version, ret);
		return 0;
	}
	if (r < 0)
		return r;
	pull_log_rebuilt_cache(&token);
	return kubelet_reply_format(request->api_version, request->registry, &token.authorization,
	        token.expires_at, timestamp_now(), ret, ret_reason);
}

/* Logs a failure for kubelet, and in the journal, because kubelet's log may not be read. */
static int log_failure(const struct kubelet_request *request, const struct reason *reason)
{
	const char *registry = request->registry;

	pull_log_failure(registry, reason);
	log_error("%s%s%s", registry ? registry : "", registry ? ": " : "", reason->text);
	return EXIT_FAILURE;
}

static int serve_request(const struct common_options *common)
{
	_cleanup_(kubelet_request_done) struct kubelet_request request = {};
	_secret_ struct secret reply = {};
	uint64_t deadline = monotonic_now() + PULL_TIMEOUT_USEC;
	struct reason reason;
	int r = read_request(deadline, &request, &reason);

	if (r == 0)
		r = make_reply(&request, common->config, deadline, &reply, &reason);
	if (r < 0)
		return log_failure(&request, &reason);
	r = file_write_all(STDOUT_FILENO, reply.data, reply.size);
	if (r < 0) {
		reason_set(
		        &reason, -r, "no-output", "the reply cannot be written: %s", strerror(-r));
		return log_failure(&request, &reason);
	}
	return EXIT_SUCCESS;
}

int command_kubelet(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {COMMON_LONG_OPTIONS{}};

	for (int c; (c = command_getopt(argc, argv, "", options)) >= 0;)
		if (!common_option(c, optarg, common))
			return command_usage(c, usage);
	if (optind < argc || isatty(STDIN_FILENO))
		return command_usage('?', usage);
	log_setup("ecr-refresher", common->verbose);
	return serve_request(common);
}
