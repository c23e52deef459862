/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The users who are served at the same time, each by one child at a time. Root first sends a child
 * that only looks; hardly ever is there anything to do, and one that writes is dearer (worker.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "write/workers/worker.h"
#include "write/workers/workers.h"

#define BATCH_MAX 64

struct worker {
	pid_t pid; /* -1: there is none */
	enum worker_task task;
	struct worker_memory share; /* what it tells */
	int done_fd;      /* readable, or at its end, when the first step is over; -1: closed */
	bool is_finished; /* its first step is over */
	bool has_ended;   /* by itself, or killed by somebody else */
};

struct worker_batch {
	const struct workers_job *job;
	struct reports *reports;
	size_t first;      /* the first user of it */
	uint64_t deadline; /* of both steps */
	struct worker children[BATCH_MAX];
	size_t n;
	int go[2]; /* every child waits for the end of go[0] */
};

/* Starts a child for each of the users who come next. Returns 0 or a negative errno. */
int worker_batch_start(struct worker_batch *b);

/* Until every user is looked at or written for, or the deadline has passed; takes the reports. */
void worker_batch_first_step(struct worker_batch *b);

/* The second look, what has to be written after it, and the end of all children. */
void worker_batch_second_step(struct worker_batch *b);

void worker_batch_done(struct worker_batch *b);
