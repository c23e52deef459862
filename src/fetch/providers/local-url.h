/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The URL of a service beside us, taken apart strictly: what is meant to stay on this machine must
 * not be read differently by libcurl. The environment's or the profile's owner controls it.
 */

#include <stdbool.h>

#include "base/reason.h"

#define LOCAL_URL_MAX_SIZE 2048
#define LOCAL_URL_HOST_MAX_SIZE 256

struct local_url {
	bool is_https;
	char host[LOCAL_URL_HOST_MAX_SIZE]; /* without the brackets of an IPv6 address */
	bool is_ipv6;
};

/*
 * Pure. name is what the reason calls it (the variable); the URL itself, which may hold a secret,
 * is not repeated. Returns 0, or -EINVAL with a reason.
 */
int local_url_parse(
        const char *url, const char *name, struct local_url *ret, struct reason *ret_reason);

/* Whether the host is localhost or an address of the loopback interface. */
bool local_url_is_loopback(const struct local_url *url);
