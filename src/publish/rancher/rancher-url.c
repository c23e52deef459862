/* SPDX-License-Identifier: Apache-2.0 */
/* The administrator controls the text: the ini, or CATTLE_URL of the environment. */
#include "publish/rancher/rancher-url.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

const char *rancher_api_path(enum rancher_api api)
{
	static const char *const paths[] = {
	        [RANCHER_API_UNKNOWN] = "",
	        [RANCHER_API_V1] = "/v1",
	        [RANCHER_API_V2_BETA] = "/v2-beta",
	        [RANCHER_API_V3] = "/v3",
	};

	return paths[api];
}

static int fail_url(struct reason *ret_reason, const char *what)
{
	return reason_set(ret_reason, EINVAL, "bad-url",
	        "it %s; expected https://HOST, https://HOST/v2-beta or https://HOST/v3", what);
}

static const char *after_scheme(const char *text)
{
	if (strncasecmp(text, "https://", 8) == 0)
		return text + 8;
	if (strncasecmp(text, "http://", 7) == 0)
		return text + 7;
	return NULL;
}

static bool is_host(const char *host, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-._:[]";

	return size > 0 && host[0] != ':' && strspn(host, letters) >= size;
}

/* Reports whether this may be a project's id; it then needs no escape in a path. */
static bool is_project(const char *text, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-._:";

	return size > 0 && strspn(text, letters) >= size;
}

static bool segment_is(const char *segment, size_t size, const char *word)
{
	return strlen(word) == size && strncmp(segment, word, size) == 0;
}

static enum rancher_api api_of_segment(const char *segment, size_t size)
{
	for (enum rancher_api api = RANCHER_API_V1; api <= RANCHER_API_V3; api++)
		if (segment_is(segment, size, rancher_api_path(api) + 1))
			return api;
	return RANCHER_API_UNKNOWN;
}

/* Finds the next "/segment" of a path, except empty ones. Returns false at the end. */
static bool next_segment(const char **path, const char **ret_segment, size_t *ret_size)
{
	*path += strspn(*path, "/");
	*ret_segment = *path;
	*ret_size = strcspn(*path, "/");
	*path += *ret_size;
	return *ret_size > 0;
}

/* Reads what follows the API's name: nothing, "schemas", or one of its projects. */
static int read_rest(const char *path, struct rancher_url *url, struct reason *ret_reason)
{
	const char *segment;
	size_t size;

	if (!next_segment(&path, &segment, &size))
		return 0;
	if (segment_is(segment, size, "projects") || segment_is(segment, size, "project")) {
		if (next_segment(&path, &segment, &size)) {
			if (!is_project(segment, size))
				return fail_url(ret_reason, "names a project that is not an id");
			snprintf(url->project, sizeof(url->project), "%.*s", (int)size, segment);
		}
		if (!next_segment(&path, &segment, &size))
			return 0;
	}
	if (!segment_is(segment, size, "schemas") || next_segment(&path, &segment, &size))
		return fail_url(ret_reason, "continues after the API's name");
	return 0;
}

static int read_path(
        const char *text, const char *path, struct rancher_url *url, struct reason *ret_reason)
{
	const char *end = path, *segment;
	size_t size;

	while (next_segment(&path, &segment, &size)) {
		url->api = api_of_segment(segment, size);
		if (url->api != RANCHER_API_UNKNOWN)
			break;
		end = path;
	}
	snprintf(url->server, sizeof(url->server), "%.*s", (int)(end - text), text);
	return read_rest(path, url, ret_reason);
}

int rancher_url_parse(const char *text, struct rancher_url *ret, struct reason *ret_reason)
{
	struct rancher_url url = {};
	const char *host = after_scheme(text);
	size_t size;
	int r;

	if (strlen(text) >= RANCHER_URL_MAX_SIZE)
		return fail_url(ret_reason, "is too long");
	if (!host)
		return fail_url(ret_reason, "has no scheme, http:// or https://");
	if (strchr(text, '@'))
		return fail_url(ret_reason,
		        "has a user or a password; the keys belong in access_key_file and "
		        "secret_key_file, or token_file");
	size = strcspn(host, "/?#");
	if (!text_is_url(text) || !is_host(host, size) || strpbrk(host, "?#"))
		return fail_url(ret_reason, "is not a URL");
	r = read_path(text, host + size, &url, ret_reason);
	if (r < 0)
		return r;
	*ret = url;
	return 0;
}
