/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The accounts of this host that may pull although the ini has no section for them. A directory
 * service may have a hundred thousand, or be down, so only /etc/passwd and the members of the group
 * docker in /etc/group are listed.
 */

#include <stdbool.h>
#include <stddef.h>

struct account {
	char *name;
	bool may_use_docker; /* a member of the group docker, which needs no sudo */
};

struct accounts {
	struct account *items;
	size_t count;
};

#define ACCOUNTS_MAX 256

/* Lists the local accounts except root, ACCOUNTS_MAX at most. Reads the files and not NSS. */
void accounts_list(const char *passwd_path, const char *group_path, struct accounts *ret);

void accounts_done(struct accounts *a);

/*
 * Returns the account that ran us with sudo (sudo(8): SUDO_USER, SUDO_UID), owned. Returns NULL
 * without sudo, for root, or if name and uid are not of the same account. Waits up to 5 seconds for
 * the user database.
 */
char *accounts_find_caller(void);
