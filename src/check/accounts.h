/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The accounts of this host that may pull although no section of the ini serves them. A directory
 * service may have a hundred thousand, and may not answer today: only those in /etc/passwd and in
 * the line of the group docker in /etc/group are listed.
 */

#include <stdbool.h>
#include <stddef.h>

struct account {
	char *name;
	bool may_use_docker; /* belongs to the group docker: it needs no sudo for docker */
};

struct accounts {
	struct account *items;
	size_t count;
};

#define ACCOUNTS_MAX 256

/* The local accounts, the superuser's aside, ACCOUNTS_MAX at most. Files are read, NSS is not used.
 */
void accounts_list(const char *passwd_path, const char *group_path, struct accounts *ret);

void accounts_done(struct accounts *a);

/*
 * The account that called us through sudo (sudo(8): SUDO_USER, SUDO_UID), owned; NULL if there is
 * none, if it is root, or if the name and the uid are not those of one account. Waits for the user
 * database for a few seconds.
 */
char *accounts_find_caller(void);
