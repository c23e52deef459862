/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/profile-set.h"

#include <string.h>

#include "base/alloc.h"

static void property_clear(struct profile_property *property)
{
	for (size_t i = 0; i < property->n_children; i++) {
		secret_done(&property->children[i].value);
		secret_free_string(property->children[i].key);
	}
	free(property->children);
	property->children = NULL;
	property->n_children = 0;
	secret_done(&property->value);
}

void profile_clear(struct profile *profile)
{
	for (size_t i = 0; i < profile->n_properties; i++) {
		property_clear(&profile->properties[i]);
		secret_free_string(profile->properties[i].key);
	}
	free(profile->properties);
	profile->properties = NULL;
	profile->n_properties = 0;
}

void profile_set_done(struct profile_set *set)
{
	for (size_t i = 0; i < set->n_profiles; i++) {
		profile_clear(&set->profiles[i]);
		free(set->profiles[i].name);
	}
	free(set->profiles);
	*set = (struct profile_set){};
}

struct profile *profile_find_or_add(
        struct profile_set *set, enum profile_kind kind, const char *name)
{
	struct profile *profile = (struct profile *)profile_find(set, kind, name);

	if (profile)
		return profile;
	profile = array_append(&set->profiles, &set->n_profiles, sizeof(*profile));
	profile->kind = kind;
	profile->name = xstrdup(name);
	return profile;
}

struct profile_property *profile_make_property(
        struct profile_property **properties, size_t *n_properties, const char *key)
{
	struct profile_property *property = profile_find_property(*properties, *n_properties, key);

	if (property) {
		property_clear(property);
		return property;
	}
	property = array_append(properties, n_properties, sizeof(*property));
	property->key = xstrdup(key);
	return property;
}

void profile_merge(struct profile *to, struct profile *from)
{
	for (size_t i = 0; i < from->n_properties; i++) {
		struct profile_property *source = &from->properties[i];
		struct profile_property *target =
		        profile_make_property(&to->properties, &to->n_properties, source->key);

		secret_move(&target->value, &source->value);
		target->from_credentials_file = source->from_credentials_file;
		target->children = TAKE_PTR(source->children);
		target->n_children = source->n_children;
		source->n_children = 0;
	}
}
