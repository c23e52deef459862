/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/local-url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define LETTERS_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
/* The characters of RFC 3986, without '#'. */
#define URL_CHARACTERS LETTERS_DIGITS "-._~:/?[]@!$&'()*+,;=%"

/* Accepts what follows a host: "" or ":PORT". */
static bool is_port(const char *s, size_t size)
{
	unsigned long port = 0;

	if (size == 0)
		return true;
	if (*s != ':' || size < 2 || size > 6)
		return false;
	for (size_t i = 1; i < size; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		port = port * 10 + (unsigned long)(s[i] - '0');
	}
	return port > 0 && port <= 65535;
}

static bool split_ipv6(const char *authority, size_t size, struct local_url *url)
{
	const char *end = memchr(authority, ']', size);
	struct in6_addr address;
	size_t n = end ? (size_t)(end - authority) - 1 : 0;

	if (n == 0 || n >= sizeof(url->host) || !is_port(end + 1, size - n - 2))
		return false;
	memcpy(url->host, authority + 1, n);
	url->is_ipv6 = true;
	return inet_pton(AF_INET6, url->host, &address) == 1;
}

static bool split_name(const char *authority, size_t size, struct local_url *url)
{
	const char *colon = memchr(authority, ':', size);
	size_t n = colon ? (size_t)(colon - authority) : size;

	if (n == 0 || n >= sizeof(url->host) || !is_port(authority + n, size - n))
		return false;
	memcpy(url->host, authority, n);
	return strspn(url->host, LETTERS_DIGITS "-._") == n;
}

int local_url_parse(
        const char *url, const char *name, struct local_url *ret, struct reason *ret_reason)
{
	struct local_url u = {.is_https = strncasecmp(url, "https://", 8) == 0};
	const char *authority = url + (u.is_https ? 8 : 7);
	size_t size;

	if (!u.is_https && strncasecmp(url, "http://", 7) != 0)
		return reason_set(ret_reason, EINVAL, "bad-url",
		        "%s is not a URL with a host; it must begin with http:// or https://",
		        name);
	if (strlen(url) >= LOCAL_URL_MAX_SIZE || url[strspn(url, URL_CHARACTERS)])
		return reason_set(ret_reason, EINVAL, "bad-url",
		        "%s is not a URL (a character that must be encoded, or longer than %d)",
		        name, LOCAL_URL_MAX_SIZE - 1);
	size = strcspn(authority, "/?");
	if (*authority == '[' ? !split_ipv6(authority, size, &u) : !split_name(authority, size, &u))
		return reason_set(ret_reason, EINVAL, "bad-url",
		        "%s: the URL's host is malformed; expected HOST or HOST:PORT after the //",
		        name);
	*ret = u;
	return 0;
}

bool local_url_is_loopback(const struct local_url *url)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (url->is_ipv6)
		return inet_pton(AF_INET6, url->host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	if (inet_pton(AF_INET, url->host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return strcasecmp(url->host, "localhost") == 0;
}
