/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a Rancher server is, and which of its APIs is meant: `url =` taken apart. Pure. */

#include "base/reason.h"

#define RANCHER_URL_MAX_SIZE 1024

enum rancher_api {
	RANCHER_API_UNKNOWN, /* to be asked for */
	RANCHER_API_V1,
	RANCHER_API_V2_BETA,
	RANCHER_API_V3,
};

struct rancher_url {
	char server[RANCHER_URL_MAX_SIZE]; /* "https://HOST[:PORT][/PATH]", no slash at the end */
	enum rancher_api api;
	char project[RANCHER_URL_MAX_SIZE]; /* the one it names, or "" */
};

/* "/v1", "/v2-beta", "/v3". */
const char *rancher_api_path(enum rancher_api api);

/*
 * Takes "https://HOST", with or without the API's path, with "/projects/ID" or "/schemas" behind
 * it, as Rancher's pages and its containers' CATTLE_URL have it. Returns 0, or -EINVAL with a
 * reason ("it has no scheme …"), which does not repeat a text that may have a password in it.
 */
int rancher_url_parse(const char *text, struct rancher_url *ret, struct reason *ret_reason);
