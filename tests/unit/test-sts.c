/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/retry.h"
#include "fetch/api/sts.h"
#include "session-fixture.h"

#define AHEAD 7200 /* seconds by which STS's clock is ahead */

/* NOW + AHEAD + an hour */
#define REPLY                                                                                      \
	"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"                 \
	"<AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"                       \
	"<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"                       \
	"<Expiration>2025-11-19T03:00:00Z</Expiration></Credentials><AssumedRoleUser>"             \
	"<Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn></AssumedRoleUser></"                \
	"AssumeRoleResult>"                                                                        \
	"</AssumeRoleResponse>"

static void test_skew(void)
{
	struct config_identity config = {.name = (char *)""};
	_cleanup_(identity_done) struct identity identity = {};
	_cleanup_(credentials_done) struct credentials base = {}, c = {};
	const struct sts_role role = {.role_arn = "arn:aws:iam::123456789012:role/r"};
	struct reason reason = {};

	tap_begin("a role's credentials expire by our clock, even if it is wrong");
	session_reset();
	base.access_key_id = xstrdup("AKIA");
	secret_set_string(&base.secret_access_key, "s");
	reply_date = NOW + AHEAD;
	add_reply(403, "RequestTimeTooSkewed", "");
	add_reply(200, NULL, REPLY);
	CHECK_INT(
	        identity_open(&config, monotonic_now() + 60 * USEC_PER_SEC, &identity, &reason), 0);
	CHECK_INT(sts_assume_role(&identity, &base, &role, &c, &reason), 0);
	CHECK_INT((long long)n_requests, 2);
	CHECK_STRING(c.access_key_id, "ASIAROLE");
	CHECK_INT(c.expires_at, NOW + 3600);
	tap_end();
}

/* Calls a service that is down; returns the number of attempts. */
static size_t call(uint64_t deadline)
{
	struct config_identity config = {.name = (char *)""};
	_cleanup_(identity_done) struct identity identity = {};
	_cleanup_(credentials_done) struct credentials base = {}, c = {};
	const struct sts_role role = {.role_arn = "arn:aws:iam::123456789012:role/r"};

	n_requests = n_replies = 0;
	for (unsigned i = 0; i < 3; i++)
		add_reply(503, "ServiceUnavailable", "");
	base.access_key_id = xstrdup("AKIA");
	secret_set_string(&base.secret_access_key, "s");
	CHECK_INT(identity_open(&config, deadline, &identity, NULL), 0);
	CHECK(sts_assume_role(&identity, &base, &role, &c, NULL) < 0);
	return n_requests;
}

static void test_storm(void)
{
	tap_begin("if everything fails, later calls are tried once and not three times");
	session_reset();
	for (int left = RETRY_QUOTA_INITIAL; left > 0; left -= 5)
		call(monotonic_now()); /* no time for a second attempt */
	CHECK_INT((long long)call(monotonic_now() + 60 * USEC_PER_SEC), 1);
	tap_end();
}

int main(void)
{
	if (!session_setup())
		return 1;
	test_skew();
	test_storm();
	session_finish();
	return tap_finish();
}
