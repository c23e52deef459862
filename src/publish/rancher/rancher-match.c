/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/rancher/rancher-match.h"

#include <string.h>
#include <strings.h>

static const char *skip_scheme(const char *address)
{
	const char *colon = strstr(address, "://");

	return colon ? colon + 3 : address;
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_host_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool rancher_address_host(const char *address, char *buffer, size_t size)
{
	const char *host = skip_scheme(address + strspn(address, " \t"));
	size_t n = strcspn(host, ":/ \t");

	if (n == 0 || n >= size)
		return false;
	for (size_t i = 0; i < n; i++) {
		buffer[i] = to_lower(host[i]);
		if (!is_host_letter(buffer[i]))
			return false;
	}
	buffer[n] = '\0';
	return true;
}

bool rancher_registry_is(const struct rancher_row *registry, const char *host)
{
	char theirs[256], ours[256];

	return !registry->is_removed && registry->address &&
	       rancher_address_host(registry->address, theirs, sizeof(theirs)) &&
	       rancher_address_host(host, ours, sizeof(ours)) && strcmp(theirs, ours) == 0;
}

/* Returns the number at the end of an id such as "1c10", without leading zeros. */
static const char *number_of(const char *id)
{
	const char *end = id + strlen(id);

	while (end > id && end[-1] >= '0' && end[-1] <= '9')
		end--;
	return end + strspn(end, "0");
}

int rancher_compare_ids(const char *a, const char *b)
{
	const char *x = number_of(a), *y = number_of(b);

	if (strlen(x) != strlen(y))
		return strlen(x) < strlen(y) ? -1 : 1;
	return strcmp(x, y) != 0 ? strcmp(x, y) : strcmp(a, b);
}

static bool is_better(const struct rancher_row *a, const struct rancher_row *b)
{
	if (!b || a->is_active != b->is_active)
		return !b || a->is_active;
	return rancher_compare_ids(a->id, b->id) < 0;
}

const struct rancher_row *rancher_choose_credential(
        const struct rancher_list *credentials, const char *registry_id)
{
	const struct rancher_row *best = NULL;

	for (size_t i = 0; i < credentials->count; i++) {
		const struct rancher_row *c = &credentials->rows[i];

		if (c->registry_id && strcmp(c->registry_id, registry_id) == 0 && !c->is_removed &&
		        (c->is_active || c->is_inactive) && is_better(c, best))
			best = c;
	}
	return best;
}
