/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/assume-role.h"

#include <errno.h>
#include <stdlib.h>

#include "aws/profile.h"

#define DURATION_MIN 900
#define DURATION_MAX 43200

int role_read(const struct profile *profile, struct sts_role *ret, struct reason *ret_reason)
{
	const char *duration = profile_string(profile, "duration_seconds");
	unsigned long seconds = 0;
	char label[PROFILE_LABEL_SIZE], *end = NULL;

	if (duration) {
		seconds = strtoul(duration, &end, 10);
		if (*end || seconds < DURATION_MIN || seconds > DURATION_MAX)
			return reason_set(ret_reason, EINVAL, "bad-duration",
			        "%s: invalid duration_seconds \"%.20s\"; expected %d to %d",
			        profile_label(profile, label, sizeof(label)), duration,
			        DURATION_MIN, DURATION_MAX);
	}
	*ret = (struct sts_role){
	        .role_arn = profile_string(profile, "role_arn"),
	        .session_name = profile_string(profile, "role_session_name"),
	        .external_id = profile_string(profile, "external_id"),
	        .duration_seconds = (unsigned)seconds,
	};
	return 0;
}

int role_assume(const struct identity *identity, const struct profile *profile,
        const struct credentials *base, struct credentials *ret, struct reason *ret_reason)
{
	struct sts_role role;
	int r = role_read(profile, &role, ret_reason);

	if (r == 0)
		r = sts_assume_role(identity, base, &role, ret, ret_reason);
	if (r == 0)
		ret->warning = base->warning;
	return r;
}
