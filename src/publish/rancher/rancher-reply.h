/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What both generations of Rancher answer: collections with pages, single rows, errors. Pure. The
 * network controls the replies.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/reason.h"
#include "publish/rancher/rancher-url.h"

#define RANCHER_MAX_ROWS 20000
#define RANCHER_ID_MAX_SIZE 512
#define RANCHER_NEXT_MAX_SIZE 2048

/* Label and value by which we know an object of ours in Rancher 2. */
#define RANCHER_LABEL "app.kubernetes.io/managed-by"
#define RANCHER_LABEL_VALUE "ecr-refresher"

/* A registry, a credential, a project. Members that a row has not are NULL. */
struct rancher_row {
	char *id; /* fit for a path of a URL; never NULL */
	char *name;
	char *address;     /* serverAddress */
	char *registry_id; /* registryId */
	bool is_active;
	bool is_inactive;
	bool is_removed;     /* or about to be */
	bool is_ours;        /* has our label */
	bool can_update;     /* Rancher 2 says that we may; Rancher 1 does not tell */
	bool has_registries; /* there is such a map, though perhaps an empty one */
	char **hosts;        /* its keys */
	size_t n_hosts;
};

struct rancher_list {
	struct rancher_row *rows;
	size_t count;
	bool can_create;                  /* as can_update */
	char next[RANCHER_NEXT_MAX_SIZE]; /* query of the next page, without '?'; "" for none */
};

/* What a reply that is no success says; "" where it does not. Printable. */
struct rancher_error {
	char code[64];
	char message[256];
	char field[64];
};

/*
 * Appends the rows of a page to list and sets its next. A row without a usable id is left out, for
 * nothing could be done with it. Returns 0, or -EBADMSG (no collection), -EFBIG (too many rows)
 * with a reason; list may have new rows then.
 */
int rancher_list_parse(
        const char *body, size_t size, struct rancher_list *list, struct reason *ret_reason);

/* A single row. Returns 0, or -EBADMSG with a reason; *ret is untouched then. */
int rancher_row_parse(
        const char *body, size_t size, struct rancher_row *ret, struct reason *ret_reason);

void rancher_error_parse(const char *body, size_t size, struct rancher_error *ret);

/* The best API among those that a server's root lists; RANCHER_API_UNKNOWN where it lists none. */
enum rancher_api rancher_root_parse(const char *body, size_t size);

/* "Default (1a5), Prod (1a7), …" of a list's rows, for messages; "none" where it is empty. */
const char *rancher_list_names(const struct rancher_list *list, char *buffer, size_t size);

void rancher_row_done(struct rancher_row *row);
void rancher_list_done(struct rancher_list *list);
