/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Replies of both generations of Rancher: collections with pages, single rows, errors. Pure. The
 * network controls the replies.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/reason.h"
#include "publish/rancher/rancher-url.h"

#define RANCHER_MAX_ROWS 20000
#define RANCHER_ID_MAX_SIZE 512
#define RANCHER_NEXT_MAX_SIZE 2048

/* The label of our objects in Rancher 2. */
#define RANCHER_LABEL "app.kubernetes.io/managed-by"
#define RANCHER_LABEL_VALUE "ecr-refresher"

/* A registry, a credential or a project. Missing members are NULL. */
struct rancher_row {
	char *id; /* needs no escape in a URL's path; never NULL */
	char *name;
	char *address;     /* serverAddress */
	char *registry_id; /* registryId */
	bool is_active;
	bool is_inactive;
	bool is_removed;     /* or being removed */
	bool is_ours;        /* has our label */
	bool can_update;     /* we may, according to Rancher 2; unknown in Rancher 1 */
	bool has_registries; /* has the map "registries", perhaps an empty one */
	char **hosts;        /* its keys */
	size_t n_hosts;
};

struct rancher_list {
	struct rancher_row *rows;
	size_t count;
	bool can_create;                  /* as can_update */
	char next[RANCHER_NEXT_MAX_SIZE]; /* query of the next page, without '?'; "" for none */
};

/* The members of an error reply; "" if missing. Printable. */
struct rancher_error {
	char code[64];
	char message[256];
	char field[64];
};

/*
 * Appends the rows of a page to list and sets its next. Skips a row without a usable id, because no
 * request could name it. Returns 0, or -EBADMSG (not a collection) or -EFBIG (too many rows) with a
 * reason; list may then have new rows.
 */
int rancher_list_parse(
        const char *body, size_t size, struct rancher_list *list, struct reason *ret_reason);

/* Parses a single row. Returns 0, or -EBADMSG with a reason; *ret is then untouched. */
int rancher_row_parse(
        const char *body, size_t size, struct rancher_row *ret, struct reason *ret_reason);

/* Parses an error reply. */
void rancher_error_parse(const char *body, size_t size, struct rancher_error *ret);

/* Returns the latest API that a server's root lists; RANCHER_API_UNKNOWN if it lists none. */
enum rancher_api rancher_root_parse(const char *body, size_t size);

/* Formats a list's rows for messages: "Default (1a5), Prod (1a7), …", or "none". */
const char *rancher_list_names(const struct rancher_list *list, char *buffer, size_t size);

void rancher_row_done(struct rancher_row *row);
void rancher_list_done(struct rancher_list *list);
