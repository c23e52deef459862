/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The AWS partitions, by region or host suffix. Source: the AWS SDKs' partitions.json, as botocore
 * 1.43 has it.
 */

#include <stddef.h>

struct partition {
	const char *name;             /* "aws", "aws-cn", … */
	const char *region_prefix;    /* of every region in it; "" for aws, which has all others */
	const char *dns_suffix;       /* of the API's and the registry's hosts */
	const char *dualstack_suffix; /* of the API's dual-stack hosts */
	const char *registry_dualstack_suffix; /* of dual-stack registry hosts, or NULL */
};

/*
 * Returns the partition of a region, never NULL. An unknown region belongs to aws, as in every SDK.
 */
const struct partition *partition_of_region(const char *region);

/* Returns the partition of this name, or NULL. */
const struct partition *partition_by_name(const char *name);

/* Returns the partition with this index, or NULL after the last. */
const struct partition *partition_at(size_t i);
