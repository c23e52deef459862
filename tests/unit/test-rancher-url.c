/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/rancher/rancher-url.h"

#include <errno.h>

#include "tap.h"

#define SERVER "https://rancher.example.com"

static const struct {
	const char *text;
	const char *server;
	enum rancher_api api;
	const char *project;
} good[] = {
        {SERVER, SERVER, RANCHER_API_UNKNOWN, ""},
        {SERVER "/", SERVER, RANCHER_API_UNKNOWN, ""},
        {"HTTPS://Rancher.Example.com", "HTTPS://Rancher.Example.com", RANCHER_API_UNKNOWN, ""},
        {"http://10.0.0.5:8080/v1", "http://10.0.0.5:8080", RANCHER_API_V1, ""},
        {"http://[2001:db8::1]:8080/v2-beta/", "http://[2001:db8::1]:8080", RANCHER_API_V2_BETA,
                ""},
        {SERVER "/v3", SERVER, RANCHER_API_V3, ""},
        {SERVER "//v3//", SERVER, RANCHER_API_V3, ""},
        {SERVER "/v1/schemas", SERVER, RANCHER_API_V1, ""},
        {SERVER "/v2-beta/projects", SERVER, RANCHER_API_V2_BETA, ""},
        {SERVER "/v2-beta/projects/1a5", SERVER, RANCHER_API_V2_BETA, "1a5"},
        {SERVER "/v1/projects/1a5/schemas", SERVER, RANCHER_API_V1, "1a5"},
        {SERVER "/v3/project/c-m1abc:p-x2def", SERVER, RANCHER_API_V3, "c-m1abc:p-x2def"},
        {SERVER "/behind/a/proxy/v3", SERVER "/behind/a/proxy", RANCHER_API_V3, ""},
        {SERVER "/behind/", SERVER "/behind", RANCHER_API_UNKNOWN, ""},
        {SERVER "/v30", SERVER "/v30", RANCHER_API_UNKNOWN, ""},
};

static void test_good(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct rancher_url url = {};
		struct reason reason = {};

		tap_begin("%s", good[i].text);
		CHECK_INT(rancher_url_parse(good[i].text, &url, &reason), 0);
		CHECK_STRING(url.server, good[i].server);
		CHECK_INT(url.api, good[i].api);
		CHECK_STRING(url.project, good[i].project);
		tap_end();
	}
}

static const struct {
	const char *text;
	const char *expected;
} bad[] = {
        {"", "scheme"},
        {"rancher.example.com", "scheme"},
        {"rancher.example.com:8080/v1", "scheme"},
        {"ftp://rancher.example.com", "scheme"},
        {"https:/rancher.example.com", "scheme"},
        {"https://", "not a URL"},
        {"https:///v3", "not a URL"},
        {"https://:8080", "not a URL"},
        {"https://rancher.example.com?x=y", "not a URL"},
        {"https://rancher.example.com/v3#top", "not a URL"},
        {"https://rancher example.com", "not a URL"},
        {"https://rancher.example.com/v3\nX: y", "not a URL"},
        {"https://ranch\xc3\xa9r.example.com", "not a URL"},
        {"https://user:s3cr3t@rancher.example.com", "password"},
        {SERVER "/v3/clusters", "continues"},
        {SERVER "/v1/projects/1a5/hosts", "continues"},
        {SERVER "/v1/projects/1a5/schemas/more", "continues"},
        {SERVER "/v1/projects/1a5;x", "project"},
};

static void test_bad(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rancher_url url = {.api = RANCHER_API_V3};
		struct reason reason = {};

		tap_begin("refused: %s", bad[i].text);
		CHECK_INT(rancher_url_parse(bad[i].text, &url, &reason), -EINVAL);
		CHECK_STRING(reason.code, "bad-url");
		CHECK(strstr(reason.text, bad[i].expected));
		CHECK(!strstr(reason.text, "s3cr3t"));
		CHECK(url.api == RANCHER_API_V3 && !*url.server);
		tap_end();
	}
}

static void test_long(void)
{
	char text[RANCHER_URL_MAX_SIZE + 1] = SERVER "/";
	struct rancher_url url;

	tap_begin("a URL that is too long is refused, one that just fits is not");
	memset(text + strlen(text), 'a', sizeof(text) - strlen(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK_INT(rancher_url_parse(text, &url, NULL), -EINVAL);
	text[sizeof(text) - 2] = '\0';
	CHECK_INT(rancher_url_parse(text, &url, NULL), 0);
	CHECK_STRING(url.server, text);
	tap_end();
}

int main(void)
{
	test_good();
	test_bad();
	test_long();
	return tap_finish();
}
