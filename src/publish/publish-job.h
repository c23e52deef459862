/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One section of a run: whether it is due, the attempt to serve it, and its new record. A section
 * that failed pauses for a while. A sink is never emptied because AWS failed: without a token
 * nothing is sent, and what the sink has of a registry without a token stays.
 */

#include "config/config.h"
#include "publish/publish-tokens.h"
#include "publish/sink.h"
#include "state/published.h"
#include "state/tokens.h"

/* What all sections of a run share. */
struct publish_inputs {
	const struct config *config;
	const struct tokens *tokens;
	const struct published *old; /* the record of the latest run */
	bool is_system;              /* the host's service, and not a user's own */
	bool is_interactive;         /* run by a person, who does not want to wait for a pause */
	bool is_dry;                 /* find out what would change, as if no token were missing */
	bool force;
	int64_t now;
};

struct publish_job {
	const struct config_sink *sink;
	struct publish_tokens tokens;
	struct sink_run sink_run;
	struct published_section nothing; /* for section.old in the first run */
	uint64_t hash;                    /* of the section and its tokens */
	bool has_tokens;                  /* as many as an attempt needs */
	bool is_due;
	int error;      /* of the attempt: section.fresh->failure has the reason */
	size_t n_tried; /* the first targets of fresh; the others are as they were */
};

/*
 * Finds the tokens of a sink, and whether it is due. fresh: the section's new record, with its kind
 * and name. All that is passed must outlive the job.
 */
void publish_job_prepare(struct publish_job *job, const struct config_sink *sink,
        const struct publish_inputs *inputs, struct published_section *fresh);

/* Tries to serve the section. Several jobs may run at once. */
void publish_job_run(struct publish_job *job);

/* Completes the section's new record, also if the job was not due. */
void publish_job_finish(struct publish_job *job);

/* Logs what happened. A section that pauses logs nothing. */
void publish_job_log(const struct publish_job *job);

void publish_job_done(struct publish_job *job);
