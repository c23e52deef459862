/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/retry.h"

#include "conformance.h"
#include "fetch/api/aws-error.h"

static const char *outcome_name(enum retry_outcome outcome)
{
	switch (outcome) {
	case RETRY_REQUEST:
		return "retry_request";
	case RETRY_ATTEMPTS_EXCEEDED:
		return "max_attempts_exceeded";
	case RETRY_QUOTA_EXCEEDED:
		return "retry_quota_exceeded";
	}
	return "?";
}

/* One reply of a conformance case, with the longest delay of the jitter. */
static void conformance_step(struct json_object *step, const struct retry_policy *policy,
        struct retry *retry, struct retry_quota *quota)
{
	struct json_object *expected = member(step, "expected");
	int status = json_object_get_int(member(member(step, "response"), "status_code"));
	enum retry_outcome outcome;
	uint64_t delay = 0;

	if (status == 200) {
		retry_succeeded(retry, quota);
		CHECK_STRING("success", member_string(expected, "outcome"));
		CHECK_INT(quota->tokens, json_object_get_int(member(expected, "retry_quota")));
		return;
	}
	CHECK(aws_error_kind(status, "") == AWS_ERROR_TRANSIENT ||
	        aws_error_kind(status, "") == AWS_ERROR_THROTTLING);
	outcome = retry_next(retry, quota, policy, 1, &delay);
	CHECK_STRING(outcome_name(outcome), member_string(expected, "outcome"));
	CHECK_INT(quota->tokens, json_object_get_int(member(expected, "retry_quota")));
	if (member(expected, "delay"))
		CHECK_INT((long long)delay,
		        (long long)(json_object_get_double(member(expected, "delay")) * 1e6));
	if (outcome != RETRY_REQUEST)
		*retry = (struct retry){}; /* what follows is another call */
}

static void conformance_case(struct json_object *c)
{
	struct json_object *given = member(c, "given"), *responses = member(c, "responses");
	struct retry_policy policy = {
	        .max_attempts = (unsigned)json_object_get_int(member(given, "max_attempts")),
	        .base_seconds = json_object_get_double(member(given, "exponential_base")),
	        .cap_seconds = json_object_get_double(member(given, "max_backoff_time")),
	};
	struct retry_quota quota = {
	        .tokens = json_object_get_int(member(given, "initial_retry_tokens")),
	};
	struct retry retry = {};

	tap_begin("%s", member_string(c, "name"));
	CHECK_INT(json_object_get_int(member(given, "exponential_power")), 2);
	CHECK(json_object_array_length(responses) > 0);
	for (size_t i = 0; i < json_object_array_length(responses); i++)
		conformance_step(json_object_array_get_idx(responses, i), &policy, &retry, &quota);
	tap_end();
}

static void test_jitter(void)
{
	struct retry_policy policy = {.max_attempts = 1000, .base_seconds = 1, .cap_seconds = 20};
	struct retry_quota quota = {.tokens = 100000};
	struct retry retry = {};
	uint64_t delay = 1;

	tap_begin("the delay is a share of the back-off, from zero");
	CHECK_INT(retry_next(&retry, &quota, &policy, 0, &delay), RETRY_REQUEST);
	CHECK_INT((long long)delay, 0);
	CHECK_INT(retry_next(&retry, &quota, &policy, 0.25, &delay), RETRY_REQUEST);
	CHECK_INT((long long)delay, 500000);
	tap_end();

	tap_begin("the delay stays at the cap after many attempts");
	while (retry.attempt < 998)
		CHECK_INT(retry_next(&retry, &quota, &policy, 1, &delay), RETRY_REQUEST);
	CHECK_INT((long long)delay, 20000000);
	tap_end();
}

static void test_standard(void)
{
	struct retry_policy policy = RETRY_POLICY_STANDARD;
	struct retry_quota quota = {RETRY_QUOTA_INITIAL};
	struct retry retry = {};
	uint64_t delay;

	tap_begin("standard mode makes three attempts");
	CHECK_INT(retry_next(&retry, &quota, &policy, 1, &delay), RETRY_REQUEST);
	CHECK_INT(retry_next(&retry, &quota, &policy, 1, &delay), RETRY_REQUEST);
	delay = 42;
	CHECK_INT(retry_next(&retry, &quota, &policy, 1, &delay), RETRY_ATTEMPTS_EXCEEDED);
	CHECK_INT((long long)delay, 42);
	tap_end();
}

static void test_quota(void)
{
	struct retry_policy policy = RETRY_POLICY_STANDARD;
	struct retry_quota quota = {7};
	struct retry retry = {};
	uint64_t delay;

	tap_begin("a success at the first attempt returns a token, up to the initial quota");
	retry_succeeded(&retry, &quota);
	CHECK_INT(quota.tokens, 8);
	quota.tokens = RETRY_QUOTA_INITIAL;
	retry_succeeded(&retry, &quota);
	CHECK_INT(quota.tokens, RETRY_QUOTA_INITIAL);
	tap_end();

	tap_begin("many failures use up the quota of all calls");
	for (int call = 0; call < RETRY_QUOTA_INITIAL / 10; call++) {
		retry = (struct retry){};
		CHECK_INT(retry_next(&retry, &quota, &policy, 1, &delay), RETRY_REQUEST);
		CHECK_INT(retry_next(&retry, &quota, &policy, 1, &delay), RETRY_REQUEST);
	}
	retry = (struct retry){};
	CHECK_INT(retry_next(&retry, &quota, &policy, 1, &delay), RETRY_QUOTA_EXCEEDED);
	tap_end();
}

int main(void)
{
	conformance_run("retry.json", "standardRetryIntegrationTestCases", conformance_case);
	test_jitter();
	test_standard();
	test_quota();
	return tap_finish();
}
