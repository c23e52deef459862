/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The name of a registry is all that is known before the first request, and it decides which server
 * gets a token. So it is normalized, then matched as a whole against names that AWS owns. The
 * administrator's ini, or the image name of a pull, controls the text.
 */

#include "aws/registry-host.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define LABEL_MAX 63 /* RFC 1035 2.3.4 */
#define PORT_MAX_SIZE sizeof(":65535")

/* <ctype.h> depends on the locale. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Skips a prefix. Returns false if the text does not begin with it. */
static bool skip(const char **p, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(*p, prefix, n) != 0)
		return false;
	*p += n;
	return true;
}

const char *aws_service_name(enum aws_service service)
{
	static const char *const names[] = {
	        [SERVICE_ECR] = "ecr",
	        [SERVICE_ECR_PUBLIC] = "ecr-public",
	        [SERVICE_STS] = "sts",
	        [SERVICE_SSO] = "awsssoportal",
	        [SERVICE_SSO_OIDC] = "sso-oauth",
	        [SERVICE_SIGNIN] = "signin",
	        [SERVICE_ROLESANYWHERE] = "rolesanywhere",
	};

	return names[service];
}

/* Reports whether this is a DNS label in lower case. */
static bool label_is_valid(const char *label, size_t size)
{
	if (size == 0 || size > LABEL_MAX || label[0] == '-' || label[size - 1] == '-')
		return false;
	for (size_t i = 0; i < size; i++)
		if (!is_digit(label[i]) && !(label[i] >= 'a' && label[i] <= 'z') && label[i] != '-')
			return false;
	return true;
}

/*
 * Reports whether these are labels with single dots between them: no trailing dot, because docker
 * would take that for another host.
 */
static bool name_is_valid(const char *name, size_t size)
{
	if (size >= HOST_NAME_MAX_SIZE)
		return false;
	for (size_t start = 0, i = 0; i <= size; i++) {
		if (i < size && name[i] != '.')
			continue;
		if (!label_is_valid(name + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

/* Reports whether this is 1 to 65535 without leading zeros. */
static bool port_is_valid(const char *port)
{
	unsigned number = 0;

	if (*port == '0')
		return false;
	for (; *port; port++) {
		if (!is_digit(*port) || number > 65535)
			return false;
		number = number * 10 + (unsigned)(*port - '0');
	}
	return number > 0 && number <= 65535;
}

static const char *after_scheme(const char *text)
{
	if (strncasecmp(text, "https://", 8) == 0)
		return text + 8;
	if (strncasecmp(text, "http://", 7) == 0)
		return text + 7;
	return text;
}

int host_normalize(const char *text, char ret[static HOST_NAME_MAX_SIZE])
{
	const char *authority = after_scheme(text);
	size_t size = strcspn(authority, "/");
	char name[HOST_NAME_MAX_SIZE + PORT_MAX_SIZE];
	char *colon;

	if (size >= sizeof(name))
		return -EINVAL;
	for (size_t i = 0; i < size; i++)
		name[i] = to_lower(authority[i]);
	name[size] = '\0';

	colon = strchr(name, ':');
	if (!name_is_valid(name, colon ? (size_t)(colon - name) : size))
		return -EINVAL;
	if (colon && !port_is_valid(colon + 1))
		return -EINVAL;
	if (colon && strcmp(colon, ":443") == 0)
		*colon = '\0';
	size = strlen(name);
	if (size >= HOST_NAME_MAX_SIZE)
		return -EINVAL;
	memcpy(ret, name, size + 1);
	return 0;
}

bool region_is_valid(const char *region)
{
	return label_is_valid(region, strnlen(region, REGION_MAX_SIZE));
}

static bool suffix_is(const char *suffix, const char *expected)
{
	return expected && strcmp(suffix, expected) == 0;
}

/* aws and aws-us-gov have the same suffixes; the region's prefix decides. */
static const struct partition *partition_of_host(const char *suffix, const char *region)
{
	const struct partition *first = NULL, *p;

	for (size_t i = 0; (p = partition_at(i)); i++) {
		if (!suffix_is(suffix, p->dns_suffix) &&
		        !suffix_is(suffix, p->registry_dualstack_suffix))
			continue;
		if (p == partition_of_region(region))
			return p;
		if (!first)
			first = p;
	}
	return first;
}

/*
 * Parses ACCOUNT.dkr.ecr[-fips].REGION.SUFFIX. Instead of dkr.ecr, AWS has dkr-ecr with the
 * dual-stack suffixes, and the Go helper accepts it with all.
 */
static bool parse_private(const char *name, struct registry_host *host)
{
	size_t size = strspn(name, "0123456789");

	if (size != sizeof(host->account) - 1)
		return false;
	memcpy(host->account, name, size);
	name += size;
	if (!skip(&name, ".dkr.ecr") && !skip(&name, ".dkr-ecr"))
		return false;
	host->fips = skip(&name, "-fips");
	if (!skip(&name, "."))
		return false;
	size = strcspn(name, ".");
	if (name[size] != '.' || size >= sizeof(host->region))
		return false;
	memcpy(host->region, name, size);
	name += size + 1;

	host->service = SERVICE_ECR;
	host->partition = partition_of_host(name, host->region);
	host->dualstack =
	        host->partition && suffix_is(name, host->partition->registry_dualstack_suffix);
	return host->partition != NULL;
}

/* ECR Public: one registry worldwide, with its API in one region. */
static bool parse_public(const char *name, struct registry_host *host)
{
	host->dualstack = strcmp(name, "ecr-public.aws.com") == 0;
	if (!host->dualstack && strcmp(name, "public.ecr.aws") != 0)
		return false;
	strcpy(host->region, "us-east-1");
	host->service = SERVICE_ECR_PUBLIC;
	host->partition = partition_by_name("aws");
	return true;
}

int registry_host_parse(const char *text, struct registry_host *ret)
{
	struct registry_host host = {};
	char name[HOST_NAME_MAX_SIZE];
	int r;

	r = host_normalize(text, host.name);
	if (r < 0)
		return r;
	strcpy(name, host.name);
	name[strcspn(name, ":")] = '\0';
	if (!parse_public(name, &host) && !parse_private(name, &host))
		return -EINVAL;
	*ret = host;
	return 0;
}

int registry_host_custom(const char *text, const char *region, struct registry_host *ret)
{
	struct registry_host host = {.service = SERVICE_ECR};
	size_t size = strlen(region);
	int r;

	r = host_normalize(text, host.name);
	if (r < 0)
		return r;
	if (size >= sizeof(host.region))
		return -EINVAL;
	for (size_t i = 0; i < size; i++)
		host.region[i] = to_lower(region[i]);
	if (!region_is_valid(host.region))
		return -EINVAL;
	host.partition = partition_of_region(host.region);
	*ret = host;
	return 0;
}
