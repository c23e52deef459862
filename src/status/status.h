/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The state of a service as lists of registries, files and clusters: what `status` and the metrics
 * show, and what the host's service leaves for each of its users to read. It holds no token.
 */

#include "base/reason.h"
#include "config/config.h"
#include "config/plan.h"
#include "state/published.h"
#include "state/tokens.h"
#include "state/written.h"

/* UID.json, which the host's service leaves for each of its users, and that user may read. */
#define SYSTEM_STATUS_DIR "/var/lib/ecr-refresher/users"

/* Returns the path of that file for this process's user. The caller frees it. */
char *status_path_of_hosted(void);

/* Reports whether the host's service serves this process's user. */
bool status_is_hosted(void);
#define STATUS_MAX_SIZE (4 * 1024 * 1024)

struct status_registry {
	char *host;         /* "auto" before its first token */
	char *identity;     /* "" is the default one */
	int64_t fetched_at; /* of the latest token; 0 if there is none */
	int64_t expires_at;
	int64_t renewal;
	char *provider; /* the credentials used, or NULL */
	char *principal;
	int64_t failing_since; /* 0 if the latest attempt succeeded */
	struct reason failure;
	/* Set by status_judge(): */
	enum token_life life;
	const char *state; /* "fresh", "failing" (still valid), "expired" (or from a clock that was
	                      ahead), "missing" */
};

/* A registry that the ini configures for a file. */
struct status_need {
	size_t registry; /* index of its row */
	bool is_written; /* by the record, the file has its latest token */
};

struct status_file {
	char *user;
	char *file; /* as the ini spells it */
	char *path; /* or NULL while unknown */
	int64_t since;
	int64_t written_at;
	struct reason failure;
	char **hosts; /* of our entries in it */
	size_t n_hosts;
	char **findings;
	size_t n_findings;
	bool is_pending; /* configured, but no run has visited it yet */
	struct status_need *needs;
	size_t n_needs;
	/*
	 * Set by status_judge(). "fresh": every token that belongs in it is valid and, by the
	 * record, in it; "failed"; "missing" or "expired": one of its registries is; "pending": a
	 * run has yet to write it.
	 */
	const char *state;
	int64_t state_since;
};

/* A section of the ini that names a sink. */
struct status_cluster {
	const char *kind; /* "kubernetes" or "rancher" */
	char *name;
	const struct published_section *section; /* NULL: nothing was published yet */
	/* Set by status_judge(): "fresh", "failed", "expired", "pending". */
	const char *state;
};

/* How many of a status are in which state. */
struct status_counts {
	size_t valid;     /* registries with a token that can be used */
	size_t failed;    /* registries whose latest fetch failed, or whose token expired */
	size_t unfetched; /* registries that no run has asked for yet; not in failed */
	size_t failed_files;
	size_t pending_files;
	size_t failed_clusters; /* including expired ones */
	size_t pending_clusters;
	int64_t next_renewal; /* 0: no token is valid */
};

struct status {
	bool is_host; /* the host's service, not a user's own; set by the caller */
	size_t n_users;
	struct status_registry *registries;
	size_t n_registries;
	struct status_file *files;
	size_t n_files;
	struct status_cluster *clusters;
	size_t n_clusters;
	struct reason watch_failure; /* why files are not watched, or code "" */
	/* Set by status_judge(): */
	struct status_counts counts;
	bool is_good;    /* everything is fresh */
	bool has_failed; /* something does not work; what is only pending has not failed */
	char *summary;   /* one sentence, for STATUS= and the last line of refresh and status */
};

/*
 * Pure. Collects the registries and files of the ini; if only_users has names, those of these users
 * alone. Nothing is judged yet.
 */
void status_make(const struct config *config, const struct tokens *tokens,
        const struct written *record, char *const *only_users, size_t n_only_users,
        struct status *ret);

/* Removes what a user need not know of the host's service: its AWS identity and AWS's messages. */
void status_hide_identities(struct status *s);

/* Adds the clusters of the ini. The status refers to published, which must outlive it. */
void status_add_published(
        struct status *s, const struct config *config, const struct published *published);

/* Returns "fresh" or "failed". */
const char *status_of_target(const struct published_target *target);

/* Reports whether no run has asked for the registry yet, as before the first one has ended. */
bool status_is_unfetched(const struct status_registry *r);

void status_done(struct status *s);

/*
 * Returns what to do if no ini exists, as the end of a message; has_entries means that users' files
 * have some of our entries. The caller frees it.
 */
char *status_absent_remedy(const struct paths *paths, bool has_entries);
