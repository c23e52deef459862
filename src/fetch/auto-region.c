/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/auto-region.h"

#include <errno.h>
#include <string.h>

#include "fetch/providers/provider-imds.h"

int auto_region_find(const struct identity *identity, char ret_region[static REGION_MAX_SIZE],
        struct reason *ret_reason)
{
	const char *region = identity_region(identity);
	char of_instance[REGION_MAX_SIZE];
	struct reason why = {};

	if (!region && imds_region(identity, of_instance, &why) > 0)
		region = of_instance;
	if (!region)
		return reason_set(ret_reason, ENOENT, "no-region",
		        "'registries = auto' needs a region; set region = in [aws], or AWS_REGION "
		        "(%.300s)",
		        why.text);
	if (!region_is_valid(region))
		return reason_set(ret_reason, EINVAL, "bad-region",
		        "invalid region \"%.64s\"; correct AWS_REGION or the profile", region);
	strcpy(ret_region, region);
	return 0;
}
