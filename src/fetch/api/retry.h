/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The standard retry mode of the AWS SDKs: at most max_attempts, exponential back-off with full
 * jitter and a cap, and a quota that many failures exhaust. Source: "Retry behavior" in the AWS
 * SDKs and Tools Reference Guide.
 */

#include <stdbool.h>
#include <stdint.h>

struct retry_policy {
	unsigned max_attempts;
	double base_seconds;
	double cap_seconds;
};

#define RETRY_POLICY_STANDARD                                                                      \
	((struct retry_policy){.max_attempts = 3, .base_seconds = 1, .cap_seconds = 20})
#define RETRY_QUOTA_INITIAL 500

/* Shared by all calls of a process. */
struct retry_quota {
	int tokens;
};

/* One call's attempts; all zero before the first. */
struct retry {
	unsigned attempt; /* the one that has just failed, from 1; counted by retry_next() */
	int spent;        /* the last withdrawal from the quota */
};

enum retry_outcome { RETRY_REQUEST, RETRY_ATTEMPTS_EXCEEDED, RETRY_QUOTA_EXCEEDED };

/*
 * Decides whether a failed attempt is followed by another. random is a uniform number in [0, 1]: 1
 * gives the longest delay. Sets the delay in microseconds if RETRY_REQUEST.
 */
enum retry_outcome retry_next(struct retry *retry, struct retry_quota *quota,
        const struct retry_policy *policy, double random, uint64_t *ret_delay_usec);

/*
 * Notes a success: returns the last withdrawal to the quota, or one token if there was none, and
 * resets retry for another call.
 */
void retry_succeeded(struct retry *retry, struct retry_quota *quota);
