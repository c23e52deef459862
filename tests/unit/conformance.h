/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The SDKs' conformance cases, from the folder in ECR_REFRESHER_CONFORMANCE. It is not part of the
 * source; if it is missing, the tests are skipped.
 */

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

__attribute__((unused)) static const char *conformance_folder(void)
{
	const char *folder = getenv("ECR_REFRESHER_CONFORMANCE");

	return folder && *folder ? folder : "../shared/aws";
}

/* Reports one failed or skipped test for a file of cases that cannot run. */
__attribute__((unused)) static void conformance_fail(const char *name, const char *why)
{
	tap_begin("%s", name);
	tap_check(false, __FILE__, __LINE__, "%s", why);
	tap_end();
}

/* Returns the path of a file or folder in it, or NULL after reporting "skipped" or "not ok". */
__attribute__((unused)) static const char *conformance_path(
        const char *name, char buffer[static PATH_MAX])
{
	if (access(conformance_folder(), F_OK) < 0) {
		tap_skip(name, "no conformance data: set ECR_REFRESHER_CONFORMANCE to its folder");
		return NULL;
	}
	snprintf(buffer, PATH_MAX, "%s/%s", conformance_folder(), name);
	if (access(buffer, R_OK) == 0)
		return buffer;
	conformance_fail(name, "cannot be read");
	return NULL;
}

/* Returns a member, or NULL. */
__attribute__((unused)) static struct json_object *member(struct json_object *o, const char *key)
{
	return json_object_object_get(o, key);
}

/* Returns a member's text, or NULL if it is absent or null. */
__attribute__((unused)) static const char *member_string(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key);

	return value ? json_object_get_string(value) : NULL;
}

__attribute__((unused)) static bool member_bool(struct json_object *o, const char *key)
{
	return json_object_get_boolean(member(o, key));
}

/* Calls test for every case of a JSON file: an array, or the array in the member of this name. */
__attribute__((unused)) static void conformance_run(
        const char *name, const char *key, void (*test)(struct json_object *))
{
	char path[PATH_MAX];
	struct json_object *json, *cases;

	if (!conformance_path(name, path))
		return;
	json = json_object_from_file(path);
	cases = key ? member(json, key) : json;
	if (!json_object_is_type(cases, json_type_array) || json_object_array_length(cases) == 0)
		conformance_fail(name, "has no cases");
	else
		for (size_t i = 0; i < json_object_array_length(cases); i++)
			test(json_object_array_get_idx(cases, i));
	json_object_put(json);
}
