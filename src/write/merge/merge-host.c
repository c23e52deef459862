/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps keys to hosts. `docker login` has accepted URLs over the years, and docker and podman still
 * match them, so a host has many spellings. What podman calls a repository key ("host/repo") is not
 * one of them: the user chose it for that repository. Sources: docker/cli ConvertToHostname(),
 * containers/image normalizeAuthFileKey(). Users control the keys, the administrator the hosts.
 */
#include "write/merge/merge-host.h"

#include <string.h>
#include <strings.h>

#include "aws/registry-host.h"
#include "base/alloc.h"

static int compare_hosts(const void *a, const void *b)
{
	const struct merge_host *x = a, *y = b;
	int r = strcmp(x->entry->host, y->entry->host);

	if (r != 0)
		return r;
	return x->index < y->index ? -1 : x->index > y->index;
}

void merge_hosts_make(
        const struct desired_entry *entries, size_t n_entries, struct merge_hosts *ret)
{
	struct merge_host *items = xcalloc(n_entries + 1, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < n_entries; i++)
		items[i] = (struct merge_host){.entry = &entries[i], .index = i};
	qsort(items, n_entries, sizeof(*items), compare_hosts);
	for (size_t i = 0; i < n_entries; i++)
		if (i == 0 || strcmp(items[count - 1].entry->host, items[i].entry->host) != 0)
			items[count++] = items[i];
	*ret = (struct merge_hosts){items, count};
}

bool merge_host_is_desired(const struct merge_host *host)
{
	return host->entry->auth && host->entry->auth->size > 0;
}

static int compare_name(const void *name, const void *host)
{
	return strcmp(name, ((const struct merge_host *)host)->entry->host);
}

struct merge_host *merge_hosts_find(const struct merge_hosts *hosts, const char *s, size_t size)
{
	char name[HOST_NAME_MAX_SIZE];

	if (size >= sizeof(name))
		return NULL;
	for (size_t i = 0; i < size; i++) {
		if (s[i] == '\0')
			return NULL;
		name[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + ('a' - 'A') : s[i]);
	}
	name[size] = '\0';
	return bsearch(name, hosts->items, hosts->count, sizeof(*hosts->items), compare_name);
}

static size_t scheme_size(const char *key, size_t size)
{
	if (size >= 8 && strncasecmp(key, "https://", 8) == 0)
		return 8;
	return size >= 7 && strncasecmp(key, "http://", 7) == 0 ? 7 : 0;
}

/* The paths of a registry's API, which name no repository. */
static bool is_api_path(const char *path, size_t size)
{
	static const char *const paths[] = {"", "/", "/v1", "/v1/", "/v2", "/v2/"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (size == strlen(paths[i]) && strncasecmp(path, paths[i], size) == 0)
			return true;
	return false;
}

struct merge_host *merge_hosts_find_key(
        const struct merge_hosts *hosts, const char *key, size_t size, enum merge_key *ret_kind)
{
	size_t scheme = scheme_size(key, size);
	const char *name = key + scheme, *end = key + size;
	const char *path = memchr(name, '/', size - scheme);
	struct merge_host *host;
	size_t n;

	path = path ? path : end;
	n = (size_t)(path - name);
	if (n > 4 && memcmp(path - 4, ":443", 4) == 0 && !memchr(name, ':', n - 4))
		n -= 4;
	host = merge_hosts_find(hosts, name, n);
	*ret_kind = MERGE_KEY_FOREIGN;
	if (!host)
		return NULL;
	if (is_api_path(path, (size_t)(end - path)))
		*ret_kind = size == n && memcmp(key, host->entry->host, n) == 0 ? MERGE_KEY_BARE
		                                                                : MERGE_KEY_TWIN;
	else if (scheme == 0)
		*ret_kind = MERGE_KEY_REPOSITORY;
	else
		return NULL; /* podman has no repository keys with a scheme, docker the bare key */
	return host;
}

void merge_hosts_done(struct merge_hosts *hosts)
{
	free(hosts->items);
	*hosts = (struct merge_hosts){};
}
