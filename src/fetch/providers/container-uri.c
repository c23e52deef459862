/* SPDX-License-Identifier: Apache-2.0 */
/* The platform that starts the container controls the environment. */
#include "fetch/providers/container-uri.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define RELATIVE "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
#define FULL "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define ECS "169.254.170.2"
#define EKS "169.254.170.23"
#define EKS_V6 "fd00:ec2::23"

/* Compares addresses, which have several spellings. */
static bool is_eks_v6(const char *host)
{
	struct in6_addr theirs, ours;

	return inet_pton(AF_INET6, EKS_V6, &ours) == 1 && inet_pton(AF_INET6, host, &theirs) == 1 &&
	       memcmp(&theirs, &ours, sizeof(ours)) == 0;
}

static bool may_go_without_tls(const struct local_url *url)
{
	if (url->is_ipv6 ? is_eks_v6(url->host)
	                 : strcmp(url->host, ECS) == 0 || strcmp(url->host, EKS) == 0)
		return true;
	return local_url_is_loopback(url);
}

static int relative_uri(const char *relative, struct container_uri *uri, struct reason *ret_reason)
{
	/* "@host" or ".evil" would change the host. */
	if (*relative != '/')
		return reason_set(ret_reason, EINVAL, "bad-url", RELATIVE " must begin with '/'");
	if (strlen(relative) + strlen("http://" ECS) >= sizeof(uri->url))
		return reason_set(ret_reason, EINVAL, "bad-url", RELATIVE " is too long");
	snprintf(uri->url, sizeof(uri->url), "http://" ECS "%s", relative);
	uri->variable = RELATIVE;
	return local_url_parse(uri->url, RELATIVE, &uri->parts, ret_reason);
}

static int full_uri(const char *full, struct container_uri *uri, struct reason *ret_reason)
{
	int r = local_url_parse(full, FULL, &uri->parts, ret_reason);

	if (r < 0)
		return r;
	if (!uri->parts.is_https && !may_go_without_tls(&uri->parts))
		return reason_set(ret_reason, EINVAL, "http-refused",
		        FULL " requests credentials without TLS from %s; http is allowed only for "
		             "localhost, "
		             "127.0.0.0/8, [::1], " ECS ", " EKS " and [" EKS_V6 "]: use "
		             "https",
		        uri->parts.host);
	snprintf(uri->url, sizeof(uri->url), "%s", full);
	uri->variable = FULL;
	return 0;
}

int container_uri(const char *relative, const char *full, struct container_uri *ret,
        struct reason *ret_reason)
{
	struct container_uri uri = {};
	int r;

	if (!relative && !full) {
		reason_set(ret_reason, ENOENT, "not-set",
		        "container: neither " RELATIVE " nor " FULL " is set");
		return 0;
	}
	r = relative ? relative_uri(relative, &uri, ret_reason) : full_uri(full, &uri, ret_reason);
	if (r < 0)
		return r;
	*ret = uri;
	return 1;
}
