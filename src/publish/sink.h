/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What one section of the ini is to bring to its cluster, and what became of it. The sinks
 * (kubernetes.h, rancher.h) run at the same time, each in a thread: they log nothing and share
 * nothing.
 */

#include "base/secret.h"
#include "state/published.h"

/* One registry's token. */
struct sink_token {
	const char *host;                   /* as in config.json */
	const struct secret *authorization; /* base64 of "AWS:password" */
	const char *username;               /* "AWS" */
	const char *password;
	int64_t expires_at;
};

struct sink_run {
	/* Valid ones, at least one. What the cluster has of a registry without one must stay. */
	const struct sink_token *tokens;
	size_t n_tokens;
	/* The section's registries without one; NULL: which one "auto" stands for is not known. */
	const char *const *missing;
	size_t n_missing;
	bool is_unchanged; /* spec and tokens are those of the last attempt */
	bool is_dry; /* ask what there is, and change nothing; what would be sent counts as sent */
	bool is_system; /* the host's service, and not a user's own */
	bool force;     /* send what the record says is there already, too */
	int64_t now;
	uint64_t deadline; /* monotonic_now(), for the whole section */

	/* What the last run left behind; empty at the first time, never NULL. */
	const struct published_section *old;
	/*
	 * To be filled: targets, warnings, and failure where it fails as a whole. A target's since,
	 * and the section's other members, are not the sink's; its published_at is section->now
	 * where something was sent, else the old one's.
	 */
	struct published_section *fresh;
};

/* A hash to compare what was sent with what is to be sent; never 0. Start with 0. */
uint64_t sink_hash(uint64_t hash, const void *data, size_t size);
uint64_t sink_hash_string(uint64_t hash, const char *string); /* NULL too */

/* And of the hosts without a token: what stays for them goes when they are no longer wanted. */
uint64_t sink_missing_hash(uint64_t hash, const struct sink_run *section);

/* Of the tokens and their hosts, and of the hosts without one. */
uint64_t sink_tokens_hash(const struct sink_run *section);

/* Of the spec, whose hash is given, and the tokens: what a section is tried with. */
uint64_t sink_attempt_hash(uint64_t spec, const struct sink_run *section);

/* Whether a host is, or may be, one of those without a token. */
bool sink_misses(const struct sink_run *section, const char *host);

/* Whether the record has the token of such a host as good, so that it would be replaced by less. */
bool sink_would_drop_valid_token(const struct sink_run *section);

/* What to type, as the person who is responsible for the section, to have it done regardless. */
const char *sink_force_command(const struct sink_run *section);

/* Whether so many of all objects of a section are not removed at once unless by force. */
bool sink_is_mass_removal(const struct sink_run *section, size_t left, size_t total);

/* Marks a target that is kept for that. keys: of the ini, which no longer ask for it. */
void sink_refuse_removal(const struct sink_run *section, struct published_target *t,
        const char *keys, size_t left, size_t total);

/* The old target, carried over to fresh with all it has; a new one where there was none. */
struct published_target *sink_target(struct sink_run *section, const char *kind, const char *name);

/* Takes targets out of fresh; is_gone has one entry for each of them. */
void sink_forget(struct sink_run *section, const bool *is_gone);

/* One more warning, a sentence. */
void sink_warn(struct sink_run *section, const char *format, ...) _printf_(2, 3);

/*
 * A file with something secret, as the ini names it: absolute, "~/…", or the name of a systemd
 * credential. what is what it holds, for messages. Line breaks at its end are taken off.
 * Returns 0 or a negative errno with a reason.
 */
int sink_read_secret(
        const char *name, const char *what, struct secret *ret, struct reason *ret_reason);
