/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which registry of Rancher 1 is a host's, and which of its credentials we change. Pure. Users who
 * may edit registries in Rancher control the addresses.
 */

#include "publish/rancher/rancher-reply.h"

/* Extracts the host, "host" of "https://Host:443/v1/". Returns false if there is none. */
bool rancher_address_host(const char *address, char *buffer, size_t size);

/* Reports whether a registry exists and is for the host; ignores scheme, port and case. */
bool rancher_registry_is(const struct rancher_row *registry, const char *host);

/*
 * Returns the registry's active credential with the lowest id, or if none is active, the inactive
 * one with the lowest id; NULL if it has none.
 */
const struct rancher_row *rancher_choose_credential(
        const struct rancher_list *credentials, const char *registry_id);

/* Compares ids as strcmp() does, but "1c9" is before "1c10". */
int rancher_compare_ids(const char *a, const char *b);
