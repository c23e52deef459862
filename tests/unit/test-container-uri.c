/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/container-uri.h"

#include "conformance.h"

static const char *variable(struct json_object *env, const char *name)
{
	const char *value = member_string(env, name);

	return value && *value ? value : NULL;
}

static void conformance_case(struct json_object *c)
{
	struct json_object *env = member(c, "env"), *result = member(c, "result");
	const char *expected = member_string(result, "Ok");
	struct container_uri uri = {};
	struct reason why = {};
	int r = container_uri(variable(env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
	        variable(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI"), &uri, &why);

	tap_begin("%s", member_string(c, "docs"));
	if (expected) {
		CHECK_INT(r, 1);
		CHECK_STRING(uri.url, expected);
	} else {
		CHECK(r <= 0);
		CHECK(*why.text);
		CHECK_STRING(uri.url, "");
	}
	tap_end();
}

static void test_hosts(void)
{
	static const struct {
		const char *full, *host; /* NULL: refused */
	} cases[] = {
	        {"http://127.0.0.1/c", "127.0.0.1"},
	        {"http://127.255.1.2:9/c", "127.255.1.2"},
	        {"HTTP://LocalHost/c", "LocalHost"},
	        {"http://[::1]:80/c", "::1"},
	        {"http://[0:0:0:0:0:0:0:1]/c", "0:0:0:0:0:0:0:1"},
	        {"http://[FD00:EC2:0::23]/c", "FD00:EC2:0::23"},
	        {"http://169.254.170.2?c", "169.254.170.2"},
	        {"https://[2001:db8::1]:8443", "2001:db8::1"},
	        {"https://169.254.169.254/c", "169.254.169.254"},
	        {"http://169.254.169.254/c", NULL},
	        {"http://169.254.170.3/c", NULL},
	        {"http://169.254.170.2.example.com/c", NULL},
	        {"http://localhost.example.com/c", NULL},
	        {"http://example.com/c", NULL},
	        {"http://192.0.2.1/c", NULL},
	        {"http://127.1/c", NULL},
	        {"http://2130706433/c", NULL},
	        {"http://0x7f.0.0.1/c", NULL},
	        {"http://[::ffff:127.0.0.1]/c", NULL},
	        {"http://[fd00:ec2::254]/c", NULL},
	        {"http://[::1%25eth0]/c", NULL},
	        {"http://::1/c", NULL},
	        {"http://127.0.0.1@example.com/c", NULL},
	        {"http://u:p@127.0.0.1/c", NULL},
	        {"http://127.0.0.1\\@example.com/c", NULL},
	        {"http://127.0.0.1#@example.com/c", NULL},
	        {"http://127.0.0.1 .example.com/c", NULL},
	        {"http://127.0.0.1\r\nHost: x/c", NULL},
	        {"http://127.0.0.1:0/c", NULL},
	        {"http://127.0.0.1:65536/c", NULL},
	        {"http://127.0.0.1:8a/c", NULL},
	        {"http://127.0.0.1:/c", NULL},
	        {"http://[::1/c", NULL},
	        {"http:///c", NULL},
	        {"https://", NULL},
	        {"//localhost/c", NULL},
	        {"localhost/c", NULL},
	        {"ftp://localhost/c", NULL},
	        {"file:///etc/hostname", NULL},
	        {" http://localhost/c", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_uri uri = {};
		struct reason why = {};
		int r = container_uri(NULL, cases[i].full, &uri, &why);

		tap_begin("full URI %s", cases[i].full);
		CHECK_INT(r, cases[i].host ? 1 : -22);
		CHECK_STRING(uri.parts.host, cases[i].host ? cases[i].host : "");
		if (!cases[i].host)
			CHECK(strstr(why.text, "AWS_CONTAINER_CREDENTIALS_FULL_URI"));
		tap_end();
	}
}

static void test_relative(void)
{
	static const char *const bad[] = {
	        "credentials", "@example.com/c", ".example.com/c", ":80/c", "/c d", "/c\n", "/c#d"};
	struct container_uri uri = {};
	char url[4096] = "/";

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct reason why = {};

		tap_begin("relative URI %s", bad[i]);
		CHECK_INT(container_uri(bad[i], "https://localhost/", &uri, &why), -22);
		CHECK(strstr(why.text, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"));
		tap_end();
	}

	tap_begin("a URI that is too long");
	memset(url + 1, 'a', sizeof(url) - 2);
	CHECK_INT(container_uri(url, NULL, &uri, NULL), -22);
	memcpy(url, "https://", 8);
	CHECK_INT(container_uri(NULL, url, &uri, NULL), -22);
	tap_end();

	tap_begin("two slashes are a path here");
	CHECK_INT(container_uri("//example.com/c", NULL, &uri, NULL), 1);
	CHECK_STRING(uri.url, "http://169.254.170.2//example.com/c");
	tap_end();
}

/* The path of a task's URI is enough to get its credentials. */
static void test_silence(void)
{
	static const char *const urls[] = {"http://example.com/TOPSECRET", "http://:/TOPSECRET",
	        "TOPSECRET", "http://u:TOPSECRET@localhost/"};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct container_uri uri;
		struct reason why = {};

		tap_begin("a refusal does not repeat the URL, %zu", i + 1);
		CHECK_INT(container_uri(NULL, urls[i], &uri, &why), -22);
		CHECK(*why.text && !strstr(why.text, "TOPSECRET"));
		tap_end();
	}
}

int main(void)
{
	conformance_run("profiles/container-uri.json", "tests", conformance_case);
	test_hosts();
	test_relative();
	test_silence();
	return tap_finish();
}
