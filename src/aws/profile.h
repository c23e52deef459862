/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The shared AWS files, ~/.aws/config and ~/.aws/credentials, in the dialect that the SDKs agree on
 * ("Shared config and credentials files" in the AWS SDKs and Tools Reference Guide). Their owner
 * controls them. Values may be secrets, so they are held as such.
 */

#include "base/reason.h"
#include "base/secret.h"

#define PROFILE_FILE_MAX_SIZE (1024 * 1024)

struct profile_property {
	char *key; /* lower case, as the SDKs compare it */
	struct secret value;
	bool from_credentials_file;
	/*
	 * The nested properties of an empty value ("s3 =\n endpoint_url = …"), whose text is also
	 * in value, each with a newline before it.
	 */
	struct profile_property *children;
	size_t n_children;
};

enum profile_kind { PROFILE_PROFILE, PROFILE_SSO_SESSION, PROFILE_SERVICES };

struct profile {
	enum profile_kind kind;
	char *name;
	struct profile_property *properties;
	size_t n_properties;
};

struct profile_set {
	struct profile *profiles;
	size_t n_profiles;
};

const struct profile *profile_find(
        const struct profile_set *set, enum profile_kind kind, const char *name);

/* Returns the property of this key, ignoring case, or NULL. */
struct profile_property *profile_find_property(
        struct profile_property *properties, size_t n_properties, const char *key);

/* Returns the property of this key, or NULL. */
const struct profile_property *profile_get(const struct profile *profile, const char *key);

/* Returns a nested property, or NULL. */
const struct profile_property *profile_get_child(
        const struct profile_property *property, const char *key);

/* Returns the value of a setting; NULL if it is missing or blank. */
const char *profile_string(const struct profile *profile, const char *key);

#define PROFILE_LABEL_SIZE 128

/* Names a profile in messages: "profile \"prod\"", or "[aws prod] of the ini". Returns buffer. */
const char *profile_label(const struct profile *profile, char *buffer, size_t size);
