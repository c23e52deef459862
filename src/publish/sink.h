/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What one section of the ini should send to its sink, and the result. The sinks (sink-types.h) run
 * at the same time, each in a thread: they log nothing and share nothing.
 */

#include "base/secret.h"
#include "state/published.h"

/* The token of one registry. */
struct sink_token {
	const char *host;                   /* as in config.json */
	const struct secret *authorization; /* base64 of "AWS:password" */
	const char *username;               /* "AWS" */
	const char *password;
	int64_t expires_at;
};

struct sink_run {
	/* Valid ones, at least one. What the sink has of a registry without a token must stay. */
	const struct sink_token *tokens;
	size_t n_tokens;
	/* The section's registries without a token; NULL: the unknown one of "auto". */
	const char *const *missing;
	size_t n_missing;
	bool is_unchanged; /* spec and tokens are those of the last attempt */
	bool is_dry;       /* change nothing; what would be sent counts as sent */
	bool is_system;    /* the host's service, and not a user's own */
	bool force;        /* also send what is in place according to the record */
	int64_t now;
	uint64_t deadline; /* monotonic_now(), for the whole section */

	/* The record of the last run; empty the first time, never NULL. */
	const struct published_section *old;
	/*
	 * The new record. The sink sets targets, warnings, and failure if it fails as a whole, but
	 * no other members, and no target's since. A target's published_at is sink_run->now if
	 * something was sent, else the old one's.
	 */
	struct published_section *fresh;
};

/* Continue a hash, which begins as 0, to see whether what was sent is out of date. Never return 0.
 */
uint64_t sink_hash(uint64_t hash, const void *data, size_t size);
uint64_t sink_hash_string(uint64_t hash, const char *string); /* may be NULL */

/* Hashes the hosts without a token: when they are no longer wanted, what they have is removed. */
uint64_t sink_hash_missing(uint64_t hash, const struct sink_run *sink_run);

/* Hashes the tokens and their hosts, and the hosts without a token. */
uint64_t sink_hash_tokens(const struct sink_run *sink_run);

/* Hashes all that an attempt depends on: the spec, whose hash is given, and the tokens. */
uint64_t sink_hash_attempt(uint64_t spec, const struct sink_run *sink_run);

/* Reports whether the section has a token for a host. */
bool sink_has_token(const struct sink_run *sink_run, const char *host);

/* Reports whether the record has a token for a host, valid or not. */
bool sink_had_token(const struct sink_run *sink_run, const char *host);

/* Reports whether a host is, or may be, one without a token. */
bool sink_lacks_token(const struct sink_run *sink_run, const char *host);

/* Reports whether the token that was last sent for such a host is still valid. */
bool sink_would_drop_valid_token(const struct sink_run *sink_run);

/* Returns the command that overrides a refusal, for the user who runs this service. */
const char *sink_force_command(const struct sink_run *sink_run);

/* Reports whether n of all objects of a section are too many to be removed without force. */
bool sink_is_mass_removal(const struct sink_run *sink_run, size_t n, size_t total);

/* Fails a target that is kept for that reason. keys: of the ini, which no longer name it. */
void sink_refuse_removal(const struct sink_run *sink_run, struct published_target *t,
        const char *keys, size_t n, size_t total);

/* Adds a target to fresh, with all that the old record has of it. */
struct published_target *sink_add_target(
        struct sink_run *sink_run, const char *kind, const char *name);

/* Drops targets of fresh; is_gone has an entry for each of them. */
void sink_drop_targets(struct sink_run *sink_run, const bool *is_gone);

/* Adds a warning, a sentence. */
void sink_warn(struct sink_run *sink_run, const char *format, ...) _printf_(2, 3);

/*
 * Reads a file that holds a secret and that the ini names: absolute, "~/…", or the name of a
 * systemd credential. Strips line breaks at its end. what: its contents, for messages. Returns 0 or
 * a negative errno with a reason.
 */
int sink_read_secret(
        const char *name, const char *what, struct secret *ret, struct reason *ret_reason);
