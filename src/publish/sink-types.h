/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The kinds of sinks and what each can do: a new kind is a row in sink-types.c. */

#include "publish/sink.h"
#include "status/findings.h"

struct sink_type {
	/*
	 * Brings the tokens of the run to the sink. Called whenever the section is due: sends
	 * nothing that is in place by the record, unless force, and sets the uid of what it
	 * creates. If run->is_dry, changes nothing, and what would be sent counts as sent. Returns
	 * 0 if run->fresh has all targets that exist: an old one that is missing there is gone.
	 * Otherwise returns a negative errno with fresh->failure set, and old targets that are
	 * missing stay in the record. A target's own failure is not one of the whole.
	 */
	int (*publish)(const struct config_sink *sink, struct sink_run *run);

	/* Hashes what the ini says of the sink, to notice a change. */
	uint64_t (*hash)(const struct config_sink *sink);

	/*
	 * Adds what is wrong with the section and, if online, with the sink. hosts: the registries
	 * of the section that are known.
	 */
	void (*check)(const struct config_sink *sink, char *const *hosts, size_t n_hosts,
	        bool online, uint64_t deadline, struct findings *ret);

	const char *
	        foreign_kind; /* of targets that exist without us and only refer to ours, or NULL */
	bool can_read_tokens; /* what it holds can be read back, and kept beside new tokens */
	bool check_is_dry_run; /* check() has a dry run of its own, if online */
};

/* Returns the type of a sink. */
const struct sink_type *sink_type_of(const struct config_sink *sink);
