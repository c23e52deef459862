/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Access lists of files in the kernel's format, for the files of authfile-fixture.h. */

#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <sys/xattr.h>

#include "authfile-fixture.h"

#define ACL_OF_FILE "system.posix_acl_access"
#define ACL_OF_NEW_FILES "system.posix_acl_default"
#define ACL_MAX_ENTRIES 128

/* An entry; id is 0 if the tag has none. The list ends with {}. */
struct acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};

struct acl {
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry entries[ACL_MAX_ENTRIES];
};

__attribute__((unused)) static size_t make_acl(const struct acl_entry *entries, struct acl *ret)
{
	size_t n = 0;

	ret->header.a_version = htole32(POSIX_ACL_XATTR_VERSION);
	for (; entries[n].tag && CHECK(n < ACL_MAX_ENTRIES); n++)
		ret->entries[n] = (struct posix_acl_xattr_entry){htole16(entries[n].tag),
		        htole16(entries[n].perm),
		        htole32(entries[n].tag & (ACL_USER | ACL_GROUP)
		                        ? entries[n].id
		                        : (uint32_t)ACL_UNDEFINED_ID)};
	return sizeof(ret->header) + n * sizeof(ret->entries[0]);
}

__attribute__((unused)) static void put_acl(
        const char *path, const char *attribute, const struct acl_entry *entries)
{
	struct acl acl;

	CHECK_INT(setxattr(path, attribute, &acl, make_acl(entries, &acl), 0), 0);
}

/* Checks that it is exactly this list. */
__attribute__((unused)) static void check_acl(const char *path, const struct acl_entry *entries)
{
	struct acl expected, found;
	size_t size = make_acl(entries, &expected);

	CHECK_INT(getxattr(path, ACL_OF_FILE, &found, sizeof(found)), (long long)size);
	CHECK(memcmp(&found, &expected, size) == 0);
}

/* Checks that the file has only a mode. */
__attribute__((unused)) static void check_no_acl(const char *path)
{
	CHECK(getxattr(path, ACL_OF_FILE, NULL, 0) < 0);
}

/* Reports whether the file system of a directory supports access lists. */
__attribute__((unused)) static bool knows_acls(const char *path)
{
	return getxattr(path, ACL_OF_FILE, NULL, 0) >= 0 || errno == ENODATA;
}
