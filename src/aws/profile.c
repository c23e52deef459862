/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/profile.h"

#include <string.h>
#include <strings.h>

const struct profile *profile_find(
        const struct profile_set *set, enum profile_kind kind, const char *name)
{
	for (size_t i = 0; i < set->n_profiles; i++)
		if (set->profiles[i].kind == kind && strcmp(set->profiles[i].name, name) == 0)
			return &set->profiles[i];
	return NULL;
}

struct profile_property *profile_find_property(
        struct profile_property *properties, size_t n_properties, const char *key)
{
	for (size_t i = 0; i < n_properties; i++)
		if (strcasecmp(properties[i].key, key) == 0)
			return &properties[i];
	return NULL;
}

const struct profile_property *profile_get(const struct profile *profile, const char *key)
{
	return profile_find_property(profile->properties, profile->n_properties, key);
}

const struct profile_property *profile_get_child(
        const struct profile_property *property, const char *key)
{
	return profile_find_property(property->children, property->n_children, key);
}

const char *profile_string(const struct profile *profile, const char *key)
{
	const struct profile_property *p = profile_get(profile, key);

	return p && p->value.size > 0 ? secret_string(&p->value) : NULL;
}

const char *profile_label(const struct profile *profile, char *buffer, size_t size)
{
	if (profile->name[0] == '[')
		snprintf(buffer, size, "%s of the ini", profile->name);
	else
		snprintf(buffer, size, "profile \"%.64s\"", profile->name);
	return buffer;
}
