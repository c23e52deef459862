/* SPDX-License-Identifier: Apache-2.0 */
/* The clients' rules about credential helpers. Users control the names. */
#include "write/merge/helper-selection.h"

#include <string.h>

#include "base/alloc.h"

bool helper_is_ours(const char *name, size_t size)
{
	return size == strlen(OUR_HELPER) && memcmp(name, OUR_HELPER, size) == 0;
}

static struct helper_selection selection(enum helper_setting setting, struct helper_name name)
{
	return (struct helper_selection){setting, name, helper_is_ours(name.text, name.size)};
}

struct helper_selection helper_select_docker(
        struct helper_name for_host, struct helper_name creds_store)
{
	if (for_host.size > 0)
		return selection(HELPER_CRED_HELPERS, for_host);
	if (!for_host.text && creds_store.size > 0)
		return selection(HELPER_CREDS_STORE, creds_store);
	return (struct helper_selection){};
}

struct helper_selection helper_select_podman(struct helper_name for_host)
{
	return for_host.text ? selection(HELPER_CRED_HELPERS, for_host)
	                     : (struct helper_selection){};
}

char *helper_describe(enum helper_setting setting, const char *host, const char *name)
{
	if (setting == HELPER_CREDS_STORE)
		return xasprintf("credsStore names docker-credential-%s, which is asked instead of "
		                 "reading our entries",
		        name);
	return xasprintf("credHelpers names docker-credential-%s for %s, which is asked instead of "
	                 "reading our entry",
	        name, host);
}

char *helper_remedy(enum helper_setting setting, const char *host, const char *name)
{
	if (setting == HELPER_CREDS_STORE)
		return xstrdup("remove \"credsStore\"");
	return xasprintf("remove \"%s\": \"%s\" from \"credHelpers\"", host, name);
}
