/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any pair of AWS files: the config file up to a form feed, and the credentials file after it.
 * Accepted profiles can be found; a refusal names the line and leaves the set unchanged.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/profile-parse.h"
#include "aws/profile-set.h"
#include "aws/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(profile_set_done) struct profile_set set = {};
	const char *text = (const char *)data;
	const char *cut = size > 0 ? memchr(text, '\f', size) : NULL;
	size_t config_size = cut ? (size_t)(cut - text) : size;
	struct reason reason = {};

	if (profile_parse(text, config_size, "x", false, &set, &reason) < 0)
		must(set.n_profiles == 0 && strncmp(reason.text, "x:", 2) == 0);
	if (cut)
		profile_parse(cut + 1, size - config_size - 1, "x", true, &set, &reason);
	for (size_t i = 0; i < set.n_profiles; i++)
		must(profile_find(&set, set.profiles[i].kind, set.profiles[i].name) ==
		        &set.profiles[i]);
	return 0;
}
