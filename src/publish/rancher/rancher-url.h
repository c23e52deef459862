/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Parses `url =`: the address of a Rancher server, and which of its APIs is meant. Pure. */

#include "base/reason.h"

#define RANCHER_URL_MAX_SIZE 1024

enum rancher_api {
	RANCHER_API_UNKNOWN, /* the server must be asked */
	RANCHER_API_V1,
	RANCHER_API_V2_BETA,
	RANCHER_API_V3,
};

struct rancher_url {
	char server[RANCHER_URL_MAX_SIZE]; /* "https://HOST[:PORT][/PATH]", no trailing slash */
	enum rancher_api api;
	char project[RANCHER_URL_MAX_SIZE]; /* its id, or "" */
};

/* Returns "/v1", "/v2-beta" or "/v3"; "" for an unknown API. */
const char *rancher_api_path(enum rancher_api api);

/*
 * Accepts "https://HOST", with or without the API's path and "/projects/ID" or "/schemas" after it,
 * as in Rancher's pages and its containers' CATTLE_URL. Returns 0, or -EINVAL with a reason ("it
 * has no scheme …"), which does not repeat the text, because that may contain a password.
 */
int rancher_url_parse(const char *text, struct rancher_url *ret, struct reason *ret_reason);
