/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A partition is a separate AWS: accounts, keys and host names of one are not valid in another. The
 * table is built in; only the region to be looked up comes from outside.
 */

#include "aws/partition.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

static const struct partition partitions[] = {
        {"aws", "", "amazonaws.com", "api.aws", "on.aws"},
        {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn",
                "on.amazonwebservices.com.cn"},
        {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws", "on.aws"},
        {"aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu",
                "on.amazonwebservices.eu"},
        {"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov", NULL},
        {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud", NULL},
        {"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", NULL},
        {"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", NULL},
};

/* Matches "aws-cn-global" and the like, which name a partition instead of a region. */
static bool is_global_region(const struct partition *partition, const char *region)
{
	size_t n = strlen(partition->name);

	return strncmp(region, partition->name, n) == 0 && strcmp(region + n, "-global") == 0;
}

const struct partition *partition_of_region(const char *region)
{
	for (size_t i = 1; region && i < ARRAY_SIZE(partitions); i++) {
		const struct partition *p = &partitions[i];

		if (strncmp(region, p->region_prefix, strlen(p->region_prefix)) == 0 ||
		        is_global_region(p, region))
			return p;
	}
	return &partitions[0];
}

const struct partition *partition_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(partitions); i++)
		if (strcmp(partitions[i].name, name) == 0)
			return &partitions[i];
	return NULL;
}

const struct partition *partition_at(size_t i)
{
	return i < ARRAY_SIZE(partitions) ? &partitions[i] : NULL;
}
