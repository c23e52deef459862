/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The users served at the same time, each by one worker at a time. Root first forks a read-only
 * worker, because most runs have nothing to write and a writing worker costs more (worker.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "write/workers/worker.h"
#include "write/workers/workers-options.h"

#define BATCH_MAX 64

struct worker {
	pid_t pid; /* -1: none */
	enum worker_task task;
	struct worker_memory memory; /* its report */
	int done_fd;      /* readable, or at its end, when the first pass is over; -1: closed */
	bool is_finished; /* its first pass is over */
	bool has_ended;   /* not killed by us */
};

struct worker_batch {
	const struct workers_options *options;
	struct worker_reports *reports;
	size_t first;      /* its first user */
	uint64_t deadline; /* of both passes */
	struct worker workers[BATCH_MAX];
	size_t n;
	int go[2]; /* every worker waits for the end of go[0] */
};

/* Starts a worker for each of the next users. Returns 0 or a negative errno. */
int worker_batch_start(struct worker_batch *b);

/* Waits until every user's files are good or written, or the deadline; collects the reports. */
void worker_batch_first_pass(struct worker_batch *b);

/* Has every file checked again and rewritten if necessary, and ends all workers. */
void worker_batch_second_pass(struct worker_batch *b);

void worker_batch_done(struct worker_batch *b);
