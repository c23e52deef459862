/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which registry of Rancher 1 is which host, and which of its credentials is ours to change. Pure.
 */

#include "publish/rancher/rancher-reply.h"

/* "https://Host:443/v1/" is "host". False where no host can be made of it. */
bool rancher_address_host(const char *address, char *buffer, size_t size);

/* Whether this registry is there and stands for the host, whatever the scheme, port and case. */
bool rancher_registry_is(const struct rancher_row *registry, const char *host);

/*
 * Of the registry's credentials, the active one with the lowest id, or where none is active the
 * inactive one with the lowest; NULL where there is none.
 */
const struct rancher_row *rancher_choose_credential(
        const struct rancher_list *credentials, const char *registry_id);

/* "1c9" before "1c10". */
int rancher_compare_ids(const char *a, const char *b);
