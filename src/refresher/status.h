/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The state of the host as a list of registries and a list of files, ready to be shown. */

#include "../common/config.h"
#include "../common/plan.h"
#include "../common/record.h"
#include "../common/tokens.h"

struct status_registry {
	const char *host; /* "auto" before its first token */
	const char *identity;
	const char *state;         /* "fresh", "failing" (still valid), "expired", "missing" */
	const struct token *token; /* or NULL */
	int64_t renewal;           /* or 0 */
};

struct status_file {
	const struct record_file *file;
	const char *state; /* "fresh", "failed", "pending" (the writer has not seen it yet) */
};

struct status {
	struct plan plan; /* owns the hosts' names */
	struct status_registry *registries;
	size_t n_registries;
	struct status_file *files;
	size_t n_files;
	struct record_file *pending; /* configured, and not in the record; strings are borrowed */
	size_t n_pending;
	const struct reason *watch_failure; /* why files are not watched; code "" where they are */
	bool is_good;

	char *summary;
};

/* Pure. Everything in ret belongs to the arguments, but for the plan, the lists and the summary. */
void status_make(const struct config *config, const struct tokens *tokens,
        const struct record *record, int64_t now, struct status *ret);

/* As JSON, with a newline behind it; no token is in it. */
void status_format_json(const struct status *status, struct secret *ret);

/* As a table; colour: with escape sequences. */
void status_format_table(const struct status *status, int64_t now, bool colour, struct secret *ret);

void status_done(struct status *s);
