/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Back-off and quota without clock or dice: the caller supplies the random number and waits. The
 * servers that answer control how often this runs.
 */

#include "fetch/api/retry.h"

#define RETRY_COST 5
#define NO_RETRY_INCREMENT 1 /* what a success at the first attempt returns */

static double backoff_seconds(const struct retry_policy *policy, unsigned attempt)
{
	double seconds = policy->base_seconds;

	for (unsigned i = 1; i < attempt && seconds < policy->cap_seconds; i++)
		seconds *= 2;
	return seconds < policy->cap_seconds ? seconds : policy->cap_seconds;
}

enum retry_outcome retry_next(struct retry *retry, struct retry_quota *quota,
        const struct retry_policy *policy, double random, uint64_t *ret_delay_usec)
{
	retry->attempt++;
	if (retry->attempt >= policy->max_attempts)
		return RETRY_ATTEMPTS_EXCEEDED;
	if (quota->tokens < RETRY_COST)
		return RETRY_QUOTA_EXCEEDED;
	quota->tokens -= RETRY_COST;
	retry->spent = RETRY_COST;
	*ret_delay_usec = (uint64_t)(random * backoff_seconds(policy, retry->attempt) * 1e6);
	return RETRY_REQUEST;
}

void retry_succeeded(struct retry *retry, struct retry_quota *quota)
{
	quota->tokens += retry->spent > 0 ? retry->spent : NO_RETRY_INCREMENT;
	if (quota->tokens > RETRY_QUOTA_INITIAL)
		quota->tokens = RETRY_QUOTA_INITIAL;
	*retry = (struct retry){};
}
