/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The rule sets are short enough to be written as code. The administrator controls the region, from
 * a host or the ini, and the configured URLs; the owner of the shared AWS files may configure
 * others.
 */

#include "fetch/api/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* https://NAME[-fips].REGION.SUFFIX */
struct endpoint_host {
	const char *name;
	const char *fips;
	const char *suffix;
};

/* The services' names in their hosts. */
static const char *const host_names[] = {
        [SERVICE_ECR] = "api.ecr",
        [SERVICE_ECR_PUBLIC] = "api.ecr-public",
        [SERVICE_STS] = "sts",
        [SERVICE_SSO] = "portal.sso",
        [SERVICE_SSO_OIDC] = "oidc",
        [SERVICE_SIGNIN] = "signin",
        [SERVICE_ROLESANYWHERE] = "rolesanywhere",
};

/* Only ECR's classic names have "api.". */
static void ecr_rules(bool dualstack, struct endpoint_host *host)
{
	if (dualstack)
		host->name = "ecr";
}

/* ECR Public has one dual-stack name, without "api.", in its only partition. */
static void ecr_public_rules(
        const struct partition *partition, bool fips, bool dualstack, struct endpoint_host *host)
{
	if (dualstack && !fips && strcmp(partition->name, "aws") == 0)
		host->name = "ecr-public";
}

/* In GovCloud the usual names of these services conform to FIPS. */
static void govcloud_rules(
        const struct partition *partition, bool fips, bool dualstack, struct endpoint_host *host)
{
	if (fips && !dualstack && strcmp(partition->name, "aws-us-gov") == 0)
		host->fips = "";
}

/* Sign-in uses the console's domains unless it is FIPS or dual stack. */
static const char *signin_suffix(const struct partition *partition)
{
	static const char *const suffixes[][2] = {
	        {"aws", "signin.aws.amazon.com"},
	        {"aws-cn", "signin.amazonaws.cn"},
	        {"aws-us-gov", "signin.amazonaws-us-gov.com"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (strcmp(partition->name, suffixes[i][0]) == 0)
			return suffixes[i][1];
	return NULL;
}

/* "aws-global" is not a region: the plain endpoint has none in its name, and us-east-1 signs. */
static void sts_global(bool plain, struct endpoint *endpoint)
{
	if (plain)
		strcpy(endpoint->url, "https://sts.amazonaws.com");
	strcpy(endpoint->signing_region, "us-east-1");
}

static int check_region(const char *region, struct reason *ret_reason)
{
	if (!region || !*region)
		return reason_set(ret_reason, EINVAL, "missing-region",
		        "no region is configured; set \"region =\" in the ini, or AWS_REGION");
	if (!region_is_valid(region))
		return reason_set(ret_reason, EINVAL, "bad-region",
		        "invalid region \"%.64s\"; expected one such as eu-central-1", region);
	return 0;
}

int endpoint_resolve(enum aws_service service, const struct partition *partition,
        const char *region, bool fips, bool dualstack, struct endpoint *ret,
        struct reason *ret_reason)
{
	struct endpoint_host host = {.name = host_names[service], .fips = fips ? "-fips" : ""};
	bool plain = !fips && !dualstack;
	struct endpoint endpoint = {};
	int r;

	r = check_region(region, ret_reason);
	if (r < 0)
		return r;
	if (!partition)
		partition = partition_of_region(region);
	host.suffix = dualstack ? partition->dualstack_suffix : partition->dns_suffix;

	if (service == SERVICE_ECR)
		ecr_rules(dualstack, &host);
	else if (service == SERVICE_ECR_PUBLIC)
		ecr_public_rules(partition, fips, dualstack, &host);
	else if (service == SERVICE_STS || service == SERVICE_SSO || service == SERVICE_SSO_OIDC)
		govcloud_rules(partition, fips, dualstack, &host);

	snprintf(endpoint.signing_region, sizeof(endpoint.signing_region), "%s", region);
	snprintf(endpoint.url, sizeof(endpoint.url), "https://%s%s.%s.%s", host.name, host.fips,
	        region, host.suffix);
	if (service == SERVICE_STS && strcmp(region, "aws-global") == 0)
		sts_global(plain, &endpoint);
	if (service == SERVICE_SIGNIN && plain && signin_suffix(partition))
		snprintf(endpoint.url, sizeof(endpoint.url), "https://%s.%s", region,
		        signin_suffix(partition));
	*ret = endpoint;
	return 0;
}

const char *endpoint_service_id(enum aws_service service)
{
	static const char *const ids[] = {
	        [SERVICE_ECR] = "ecr",
	        [SERVICE_ECR_PUBLIC] = "ecr_public",
	        [SERVICE_STS] = "sts",
	        [SERVICE_SSO] = "sso",
	        [SERVICE_SSO_OIDC] = "sso_oidc",
	        [SERVICE_SIGNIN] = "signin",
	        [SERVICE_ROLESANYWHERE] = "rolesanywhere",
	};

	return ids[service];
}

/* Accepts a port, or nothing. */
static bool port_is_well_formed(const char *port, size_t size)
{
	unsigned long number = 0;

	if (size == 0)
		return true;
	if (port[0] != ':' || size < 2 || size > 6)
		return false;
	for (size_t i = 1; i < size; i++) {
		if (port[i] < '0' || port[i] > '9')
			return false;
		number = number * 10 + (unsigned long)(port[i] - '0');
	}
	return number > 0 && number <= 65535;
}

/* Accepts a name, an IPv4 address or an IPv6 address in brackets, and an optional port. */
static bool authority_is_well_formed(const char *authority, size_t size)
{
	static const char name[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	static const char address[] = "0123456789abcdefABCDEF:.";
	size_t n;

	if (authority[0] == '[') {
		n = 1 + strspn(authority + 1, address);
		if (n < 3 || authority[n] != ']')
			return false;
		n++;
	} else {
		n = strspn(authority, name);
		if (n == 0)
			return false;
	}
	return n <= size && port_is_well_formed(authority + n, size - n);
}

/* Returns what is wrong with a URL, or NULL. */
static const char *url_problem(const char *url)
{
	const char *authority;

	if (strlen(url) >= ENDPOINT_URL_MAX_SIZE)
		return "is too long";
	if (!text_is_url(url))
		return "has a character that is not allowed in a URL";
	if (strncasecmp(url, "https://", 8) == 0)
		authority = url + 8;
	else if (strncasecmp(url, "http://", 7) == 0)
		authority = url + 7;
	else
		return "does not begin with https:// or http://";
	if (strpbrk(url, "?#"))
		return "has a query or a fragment";
	if (memchr(authority, '@', strcspn(authority, "/")))
		return "holds a user name or a password";
	if (!authority_is_well_formed(authority, strcspn(authority, "/")))
		return "has no well-formed host and port";
	return NULL;
}

/* Copies "HTTPS://host/" as "https://host". */
static void copy_url(const char *url, char ret[static ENDPOINT_URL_MAX_SIZE])
{
	size_t size = strlen(url);

	if (strchr(strstr(url, "://") + 3, '/') == url + size - 1)
		size--;
	memcpy(ret, url, size);
	ret[size] = '\0';
	for (char *c = ret; *c != ':'; c++)
		*c |= 0x20;
}

int endpoint_read_url(const char *url, const char *where,
        char ret_url[static ENDPOINT_URL_MAX_SIZE], struct reason *ret_reason)
{
	const char *problem = url_problem(url);

	if (problem)
		return reason_set(ret_reason, EINVAL, "bad-endpoint-url",
		        "the URL in %s %s; expected one like https://ecr.example.com", where,
		        problem);
	copy_url(url, ret_url);
	return 0;
}
