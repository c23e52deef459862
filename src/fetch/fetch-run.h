/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The state of one run, shared by its parts. */

#include <pthread.h>

#include "config/config.h"
#include "config/plan.h"
#include "fetch/api/ecr.h"
#include "fetch/fetch-options.h"
#include "fetch/identity/identity.h"
#include "state/tokens.h"

enum progress { UNNEEDED, TO_RESOLVE, RESOLVING, RESOLVED };

/* An identity that at least one request needs, resolved once. */
struct fetch_resolution {
	enum progress progress; /* guarded by the run's lock, like the rest until RESOLVED */
	int error;
	struct reason reason;
	/* The region of "auto", if the ini names none. */
	int region_error;
	struct reason region_reason;
	char region[REGION_MAX_SIZE];
	struct identity identity;
	struct credentials credentials;
};

/* A token to request. */
struct fetch_job {
	const struct token_request *request;
	struct token *token; /* receives the result */
	bool is_taken;       /* by a worker; guarded by the run's lock */
	int error;
	struct reason reason;
	int64_t skew;
	struct ecr_token fresh;
};

struct fetch_run {
	const struct fetch_options *options;
	struct paths paths;
	struct config config;
	struct plan plan;
	struct tokens tokens;
	struct fetch_resolution *resolutions; /* one per identity of the configuration */
	struct fetch_job *jobs;
	size_t n_jobs;
	uint64_t deadline;
	int64_t now;
	pthread_mutex_t lock;
	pthread_cond_t resolved;
};
