/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/certificate-validity.h"

#include <errno.h>

#include "base/base64.h"
#include "tap.h"

/* A certificate up to its validity: version, serial, algorithm, issuer, then the given bytes. */
static void make(const char *validity, size_t size, bool has_version, struct secret *ret)
{
	static const unsigned char version[] = {0xa0, 3, 2, 1, 2};
	static const unsigned char serial[] = {2, 1, 7, 0x30, 0, 0x30, 0};
	size_t body = (has_version ? sizeof(version) : 0) + sizeof(serial) + 2 + size;
	const unsigned char outer[] = {0x30, (unsigned char)(body + 2), 0x30, (unsigned char)body};
	const unsigned char inner[] = {0x30, (unsigned char)size};
	_secret_ struct secret der = {};

	secret_append(&der, outer, sizeof(outer));
	if (has_version)
		secret_append(&der, version, sizeof(version));
	secret_append(&der, serial, sizeof(serial));
	secret_append(&der, inner, sizeof(inner));
	secret_append(&der, validity, size);
	secret_set_string(ret, "# a comment\n-----BEGIN CERTIFICATE-----\n");
	base64_encode(der.data, der.size, ret);
	secret_append_string(ret, "\n-----END CERTIFICATE-----\n");
}

#define UTC(text) "\x17\x0d" text
#define GENERALIZED(text) "\x18\x0f" text
#define START UTC("200101000000Z")

static void test(const char *name, const char *validity, bool has_version, int expected, int64_t t)
{
	_secret_ struct secret pem = {};
	int64_t found = -1;

	tap_begin("the end of a certificate's validity: %s", name);
	make(validity, strlen(validity), has_version, &pem);
	CHECK_INT(certificate_expiry(&pem, &found), expected);
	CHECK_INT(found, expected == 0 ? t : -1);
	tap_end();
}

static void test_pem(const char *name, const char *text)
{
	_secret_ struct secret pem = {};
	int64_t found = -1;

	tap_begin("%s is not a certificate", name);
	secret_set_string(&pem, text);
	CHECK_INT(certificate_expiry(&pem, &found), -EBADMSG);
	CHECK_INT(found, -1);
	tap_end();
}

int main(void)
{
	test("this century", START UTC("301231235959Z"), true, 0, 1924991999);
	test("the last century", START UTC("990101000000Z"), true, 0, 915148800);
	test("beyond 2050", START GENERALIZED("20610101000000Z"), true, 0, 2871763200);
	test("version 1", START UTC("301231235959Z"), false, 0, 1924991999);
	test("with an offset", START UTC("3012312359+01"), true, -EBADMSG, 0);
	test("a fraction", START GENERALIZED("20301231235959"), true, -EBADMSG, 0);
	test("no digits", START UTC("30123123595xZ"), true, -EBADMSG, 0);
	test("only a beginning", START, true, -EBADMSG, 0);
	test_pem("nothing", "");
	test_pem("a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
	test_pem("what does not end", "-----BEGIN CERTIFICATE-----\nAAAA\n");
	test_pem(
	        "what is no base64", "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n");
	test_pem("an endless length",
	        "-----BEGIN CERTIFICATE-----\nMIT/////\n-----END CERTIFICATE-----\n");
	return tap_finish();
}
