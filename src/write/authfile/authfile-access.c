/* SPDX-License-Identifier: Apache-2.0 */
/* Copies who may read a file to its replacement. The user controls both files. */
#include "write/authfile/authfile-access.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/alloc.h"

#define ATTRIBUTE "system.posix_acl_access"
#define N_MODE_ENTRIES 3 /* of owner, group and others */

/* The attribute as the kernel has it: linux/posix_acl_xattr.h. */
struct access_list {
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry entries[];
};

static size_t list_size(size_t n_entries)
{
	return sizeof(struct access_list) + n_entries * sizeof(struct posix_acl_xattr_entry);
}

static struct posix_acl_xattr_entry *find_entry(const struct authfile_access *a, uint16_t tag)
{
	for (size_t i = 0; i < a->n_entries; i++)
		if (a->list->entries[i].e_tag == htole16(tag))
			return &a->list->entries[i];
	return NULL;
}

static unsigned permissions(const struct posix_acl_xattr_entry *e)
{
	return le16toh(e->e_perm);
}

/* Inserts an entry where the kernel expects it: entries are in the order of their tags. */
static void insert_entry(struct authfile_access *a, uint16_t tag, unsigned perm, uint32_t id)
{
	struct posix_acl_xattr_entry *e;
	size_t at = 0;

	a->list = xreallocarray(a->list, 1, list_size(a->n_entries + 1));
	a->list->header.a_version = htole32(POSIX_ACL_XATTR_VERSION);
	e = a->list->entries;
	while (at < a->n_entries && le16toh(e[at].e_tag) <= tag)
		at++;
	memmove(&e[at + 1], &e[at], (a->n_entries - at) * sizeof(*e));
	e[at] = (struct posix_acl_xattr_entry){htole16(tag), htole16(perm), htole32(id)};
	a->n_entries++;
}

static void set_mode(struct authfile_access *a, mode_t mode)
{
	insert_entry(a, ACL_USER_OBJ, mode >> 6 & 07, ACL_UNDEFINED_ID);
	insert_entry(a, ACL_GROUP_OBJ, mode >> 3 & 07, ACL_UNDEFINED_ID);
	insert_entry(a, ACL_OTHER, mode & 07, ACL_UNDEFINED_ID);
}

/* Reports whether the error is permanent, as opposed to one that the next run may not meet. */
static bool is_refusal(int error)
{
	return error == EPERM || error == EACCES || error == EINVAL || error == EOPNOTSUPP ||
	       error == ENOSYS;
}

/* Returns 1, or 0 if the file has only a mode. */
static int read_list(int fd, struct authfile_access *ret)
{
	ssize_t size = fgetxattr(fd, ATTRIBUTE, NULL, 0);
	_cleanup_(freep) struct access_list *list = NULL;

	if (size > 0) {
		list = xcalloc(1, (size_t)size);
		size = fgetxattr(fd, ATTRIBUTE, list, (size_t)size);
	}
	if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
		return 0;
	if (size < 0)
		return errno == ERANGE ? -EAGAIN : -errno;
	if ((size_t)size < sizeof(*list) ||
	        list->header.a_version != htole32(POSIX_ACL_XATTR_VERSION))
		return -EINVAL;
	ret->n_entries = ((size_t)size - sizeof(*list)) / sizeof(list->entries[0]);
	ret->list = TAKE_PTR(list);
	return find_entry(ret, ACL_USER_OBJ) && find_entry(ret, ACL_GROUP_OBJ) &&
	                       find_entry(ret, ACL_OTHER)
	               ? 1
	               : -EINVAL;
}

int authfile_access_read(int fd, const struct stat *st, struct authfile_access *ret)
{
	_cleanup_(authfile_access_done) struct authfile_access a = {
	        .uid = st->st_uid, .gid = st->st_gid};
	int r = read_list(fd, &a);

	if (r < 0 && !is_refusal(-r))
		return r;
	if (r <= 0) {
		free(TAKE_PTR(a.list));
		a.n_entries = 0;
		set_mode(&a, r < 0 ? st->st_mode & 0700 : st->st_mode);
	}
	*ret = a;
	a.list = NULL;
	return 0;
}

bool authfile_access_equal(const struct authfile_access *a, const struct authfile_access *b)
{
	return a->n_entries == b->n_entries &&
	       (a->n_entries == 0 || memcmp(a->list, b->list, list_size(a->n_entries)) == 0);
}

static int give_group(int fd, gid_t gid)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_gid == gid || fchown(fd, (uid_t)-1, gid) == 0 ? 0 : -errno;
}

static bool group_matters(const struct authfile_access *a)
{
	const struct posix_acl_xattr_entry *mask = find_entry(a, ACL_MASK);
	unsigned group =
	        permissions(find_entry(a, ACL_GROUP_OBJ)) & (mask ? permissions(mask) : 07);

	return ((group ^ permissions(find_entry(a, ACL_OTHER))) & ACL_READ) != 0;
}

/*
 * Adapts the list to a file that did not get its old group: the old one gets an entry by its
 * number, and the new one may only do what each of its members may do without it.
 */
static void replace_group(struct authfile_access *a, gid_t old)
{
	struct posix_acl_xattr_entry *group = find_entry(a, ACL_GROUP_OBJ),
	                             *mask = find_entry(a, ACL_MASK);
	unsigned perm = permissions(group), other = permissions(find_entry(a, ACL_OTHER));
	unsigned masked = mask ? perm & permissions(mask) : perm, all = masked & other;

	for (size_t i = 0; i < a->n_entries; i++)
		if (a->list->entries[i].e_tag == htole16(ACL_GROUP))
			all &= permissions(&a->list->entries[i]);
	group->e_perm = htole16(all);
	if (masked == other && masked == all)
		return;
	/* If the mask is empty, Linux ignores the entries: the group would be one of the others. */
	if (mask && permissions(mask) == 0)
		find_entry(a, ACL_OTHER)->e_perm = 0;
	if (!mask)
		insert_entry(a, ACL_MASK, perm | other, ACL_UNDEFINED_ID);
	insert_entry(a, ACL_GROUP, perm, old);
}

/* Returns the mode that gives no account more than the list does. */
static mode_t mode_of(const struct authfile_access *a)
{
	const struct posix_acl_xattr_entry *mask_entry = find_entry(a, ACL_MASK);
	unsigned mask = mask_entry ? permissions(mask_entry) : 07;
	unsigned owner = 0, group = 07, other = 07;

	for (size_t i = 0; i < a->n_entries; i++) {
		const struct posix_acl_xattr_entry *e = &a->list->entries[i];
		unsigned perm = permissions(e) & 07, masked = perm & mask;

		switch (le16toh(e->e_tag)) {
		case ACL_USER_OBJ:
			owner = perm;
			break;
		case ACL_USER: /* may be one of the group's, or of the others */
			group &= masked;
			other &= masked;
			break;
		case ACL_GROUP_OBJ:
			group &= masked;
			break;
		case ACL_GROUP:
			other &= masked;
			break;
		case ACL_OTHER:
			other &= perm;
			break;
		}
	}
	return owner << 6 | group << 3 | other;
}

/* Sets the mode. The file may have inherited a list from its directory, which a mode would open. */
static void give_mode(int fd, mode_t mode)
{
	if (fremovexattr(fd, ATTRIBUTE) < 0 && errno != ENODATA && errno != EOPNOTSUPP)
		mode &= 0700;
	fchmod(fd, mode);
}

static int give_list(int fd, const struct authfile_access *a)
{
	if (a->n_entries > N_MODE_ENTRIES) {
		if (fsetxattr(fd, ATTRIBUTE, a->list, list_size(a->n_entries), 0) == 0)
			return 0;
		if (!is_refusal(errno))
			return -errno;
	}
	give_mode(fd, mode_of(a));
	return 0;
}

int authfile_access_give(int fd, const struct authfile_access *a)
{
	_cleanup_(authfile_access_done) struct authfile_access given = {};
	int refused, r;

	/* The token is this user's; another owner of the file does not decide who may read it. */
	if (a->uid != geteuid()) {
		set_mode(&given, 0600);
		return give_list(fd, &given);
	}
	/* The group first: entries for it are not meant for another. */
	refused = give_group(fd, a->gid);
	if (refused < 0 && !is_refusal(-refused))
		return refused;
	given.list = xreallocarray(NULL, 1, list_size(a->n_entries));
	memcpy(given.list, a->list, list_size(a->n_entries));
	given.n_entries = a->n_entries;
	if (refused < 0)
		replace_group(&given, a->gid);
	r = give_list(fd, &given);
	return r < 0 ? r : refused == -EPERM && group_matters(a);
}

void authfile_access_done(struct authfile_access *a)
{
	free(a->list);
	*a = (struct authfile_access){};
}
