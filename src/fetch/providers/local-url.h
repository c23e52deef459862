/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The URL of a local service, parsed strictly: libcurl must not find another host in it. The
 * environment's or the profile's owner controls it.
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
 * Pure. The reason calls the URL by name (the variable) and does not repeat it, because it may hold
 * a secret. Returns 0, or -EINVAL with a reason.
 */
int local_url_parse(
        const char *url, const char *name, struct local_url *ret, struct reason *ret_reason);

/* Reports whether the host is localhost or an address of the loopback interface. */
bool local_url_is_loopback(const struct local_url *url);
