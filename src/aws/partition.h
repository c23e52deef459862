/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The AWS partitions: what a region or a host suffix belongs to.
 * Source: the AWS SDKs' partitions.json, as botocore 1.43 ships it.
 */

#include <stddef.h>

struct partition {
	const char *name;             /* "aws", "aws-cn", … */
	const char *region_prefix;    /* of every region in it; "" for aws, which takes the rest */
	const char *dns_suffix;       /* of the API's and the registry's hosts */
	const char *dualstack_suffix; /* of the API's dual-stack hosts */
	const char *registry_dualstack_suffix; /* of dual-stack registry hosts, or NULL */
};

/* The partition of a region. A region nobody knows belongs to aws, as in every SDK. Never NULL. */
const struct partition *partition_of_region(const char *region);

/* By name, or NULL. */
const struct partition *partition_by_name(const char *name);

/* Walks all partitions: partition_at(0), partition_at(1), … until NULL. */
const struct partition *partition_at(size_t i);
