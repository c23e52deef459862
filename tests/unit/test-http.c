/* SPDX-License-Identifier: Apache-2.0 */
/* What http_call() refuses before it sends anything. */
#include "http/http.h"

#include <errno.h>

#include "base/timespan.h"
#include "base/timestamp.h"
#include "tap.h"

#define URL "http://127.0.0.1:9/"

static int call(const char *value, uint64_t deadline, struct reason *ret_reason)
{
	const struct http_header header = {"X-Token", value};
	struct http_reply reply = {};
	int r = http_call(&(struct http_request){.method = "GET",
	                          .url = URL,
	                          .headers = &header,
	                          .n_headers = 1,
	                          .deadline = deadline,
	                          .no_proxy = true},
	        &reply, ret_reason);

	http_reply_done(&reply);
	return r;
}

static void test_header(const char *name, const char *value, bool is_refused)
{
	struct reason reason = {};
	int r;

	tap_begin("a header's value with %s is %s", name, is_refused ? "refused" : "sent");
	r = call(value, monotonic_now() + 5 * USEC_PER_SEC, &reason);
	CHECK_INT(r, is_refused ? -EINVAL : -ENETUNREACH); /* a closed port */
	CHECK_STRING(reason.code, is_refused ? "bad-header" : "no-connection");
	CHECK(!strstr(reason.text, "secret"));
	CHECK_INT(strstr(reason.text, "X-Token") != NULL, is_refused);
	tap_end();
}

static void test_deadline(void)
{
	struct reason reason = {};

	tap_begin("no request is sent after the deadline");
	CHECK_INT(call("value", monotonic_now(), &reason), -ETIME);
	CHECK(strstr(reason.text, "timeout = in [refresh]"));
	tap_end();
}

int main(void)
{
	http_setup();
	test_header("a line feed", "secret\nX-Injected: 1", true);
	test_header("a line break", "secret\r\nX-Injected: 1", true);
	test_header("a tab", "secret\tsecret", true);
	test_header("DEL", "secret\x7f", true);
	test_header("spaces", "AWS4-HMAC-SHA256 secret, secret", false);
	test_header("UTF-8", "secret\xc3\xa9", false);
	test_deadline();
	return tap_finish();
}
