/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The administrator controls the ini, the calling user the name. Another program may run this as
 * its `credential_process`, and an identity may have one: a variable, extended by each process,
 * prevents an endless recursion.
 */
#include "fetch/export-credentials.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/exit-status.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "config/plan.h"
#include "fetch/auto-region.h"
#include "fetch/providers/provider-chain.h"
#include "http/http.h"

/* The identities that our parent processes are resolving, with "/" around each name. */
#define TRAIL "ECR_REFRESHER_EXPORTING"
#define TRAIL_MAX_SIZE 2048

void export_credentials_format(const struct credentials *credentials, struct secret *ret)
{
	char expiration[TIMESTAMP_MAX_SIZE];

	secret_append_string(ret, "{\"Version\":1");
	json_append_member(ret, "AccessKeyId", credentials->access_key_id);
	json_append_member(ret, "SecretAccessKey", secret_string(&credentials->secret_access_key));
	if (credentials->session_token.size > 0)
		json_append_member(ret, "SessionToken", secret_string(&credentials->session_token));
	if (credentials->expires_at)
		json_append_member(
		        ret, "Expiration", timestamp_format(credentials->expires_at, expiration));
	secret_append_string(ret, "}\n");
}

/* Adds the identity to the trail. Returns 0, or -ELOOP with a reason if it is in it already. */
static int extend_trail(const char *name, struct reason *ret_reason)
{
	const char *before = environment_get(TRAIL);
	_cleanup_(freep) char *step = xasprintf("/%s/", name);
	_cleanup_(freep) char *trail = xasprintf("%s%s", before ? before : "", step);
	char label[300];

	if ((before && strstr(before, step)) || strlen(trail) > TRAIL_MAX_SIZE)
		return reason_set(ret_reason, ELOOP, "circle",
		        "%s gets its credentials from a credential_process that requests those of "
		        "%s again; configure other credentials for it",
		        identity_label(name, label, sizeof(label)),
		        strlen(trail) > TRAIL_MAX_SIZE ? "another identity" : "the same identity");
	setenv(TRAIL, trail, 1);
	return 0;
}

static const struct config_identity *find_identity(
        const struct config *config, const char *name, size_t *ret_index)
{
	for (size_t i = 0; i < config->n_identities; i++) {
		if (strcmp(config->identities[i].name, name) != 0)
			continue;
		*ret_index = i;
		return &config->identities[i];
	}
	return NULL;
}

static int print(const struct credentials *credentials)
{
	_secret_ struct secret text = {};
	int r;

	export_credentials_format(credentials, &text);
	r = file_write_all(STDOUT_FILENO, text.data, text.size);
	if (r < 0)
		log_error("standard output: %s", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int export_identity(const struct config *config, size_t index)
{
	_cleanup_(identity_done) struct identity identity = {};
	_cleanup_(credentials_done) struct credentials credentials = {};
	_cleanup_(plan_done) struct plan plan = {};
	struct reason reason;
	char label[300], region[REGION_MAX_SIZE] = "";
	int r = extend_trail(config->identities[index].name, &reason);

	if (r == 0 && http_setup() < 0)
		r = reason_set(&reason, EIO, "libcurl",
		        "libcurl cannot be used; is it installed completely?");
	if (r == 0)
		r = identity_open(&config->identities[index],
		        monotonic_now() + config->timeout_usec, &identity, &reason);
	if (r == 0) {
		plan_make(config, NULL, 0, &plan);
		/*
		 * As in a run, STS is called in the region of "auto". Without one it may not be
		 * needed.
		 */
		if (plan_needs_own_region(&plan, index))
			auto_region_find(&identity, region, NULL);
		identity.fallback_region = *region ? region : plan_region(&plan, index);

		r = provider_chain_resolve(&identity, &credentials, &reason, NULL);
	}
	if (r == 0)
		return print(&credentials);
	log_error("%s: %s", identity_label(config->identities[index].name, label, sizeof(label)),
	        reason.text);
	return EXIT_FAILURE;
}

int export_credentials_run(const char *config_option, const char *name)
{
	_cleanup_(paths_done) struct paths paths = {};
	_cleanup_(config_done) struct config config = {};
	struct reason reason;
	size_t index;

	if (paths_find(config_option, &paths, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (config_load(&paths, &config, true) < 0)
		return EXIT_CONFIG;
	if (!find_identity(&config, name, &index)) {
		log_error("%s has no [aws %.64s]; add it, or name an existing one",
		        paths.config_name, name);
		return EXIT_USAGE;
	}
	return export_identity(&config, index);
}
