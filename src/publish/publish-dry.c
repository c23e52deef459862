/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publish-dry.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timestamp.h"
#include "publish/kubernetes/kube-target.h"
#include "publish/sink-types.h"

#define MAX_SHOWN 5

enum change { NONE, CREATE, CHANGE, REMOVE, N_CHANGES };

static const char *const verbs[N_CHANGES] = {
        [CREATE] = "create", [CHANGE] = "change", [REMOVE] = "remove"};

void publish_dry_run(struct publish_dry *ret, const struct config *config,
        const struct tokens *tokens, const struct published *published, bool is_system, bool force,
        uint64_t deadline)
{
	const struct sink_type *type = sink_type_of(ret->sink);
	const struct published_section *old =
	        published_find(published, config_sink_kind_name(ret->sink->kind), ret->sink->name);
	int64_t now = timestamp_now();

	publish_tokens_find(config, tokens, ret->sink, now, &ret->tokens);
	publish_tokens_assume(&ret->tokens);
	/* A time that the record cannot have: what would be sent stands out by it. */
	ret->section = (struct sink_run){.tokens = ret->tokens.items,
	        .n_tokens = ret->tokens.count,
	        .is_dry = true,
	        .is_system = is_system,
	        .force = force,
	        .now = now + 1,
	        .deadline = deadline,
	        .old = old ? old : &ret->nothing,
	        .fresh = &ret->fresh};
	ret->section.is_unchanged =
	        ret->section.old->hash == sink_attempt_hash(type->hash(ret->sink), &ret->section);
	ret->error = type->publish(ret->sink, &ret->section);
}

static enum change change_of(const struct publish_dry *dry, const struct published_target *t)
{
	const struct published_target *old =
	        published_find_target(dry->section.old, t->kind, t->name);

	if (t->failure.code[0] || t->published_at != dry->section.now)
		return NONE;
	if (strcmp(t->kind, KUBE_ACCOUNT) == 0 || !t->uid)
		return CHANGE;
	return old && old->uid && strcmp(old->uid, t->uid) == 0 ? CHANGE : CREATE;
}

static bool is_removed(const struct publish_dry *dry, const struct published_target *old)
{
	return dry->error == 0 && old->uid &&
	       !published_find_target(&dry->fresh, old->kind, old->name);
}

size_t publish_dry_print(const struct publish_dry *dry)
{
	const struct published_section *old = dry->section.old, *fresh = &dry->fresh;
	const char *kind = config_sink_kind_name(dry->sink->kind), *name = dry->sink->name;
	size_t n_same = 0;

	printf("%s %s: would publish the tokens of %zu registr%s\n", kind, name, dry->tokens.count,
	        dry->tokens.count == 1 ? "y" : "ies");
	if (fresh->failure.code[0])
		printf("%s %s: would fail: %s\n", kind, name, fresh->failure.text);
	for (size_t i = 0; i < fresh->n_targets; i++) {
		const struct published_target *t = &fresh->targets[i];
		enum change change = change_of(dry, t);

		n_same += change == NONE && !t->failure.code[0];
		if (t->failure.code[0])
			printf("%s %s: would fail: %s\n", kind, name, t->failure.text);
		else if (change != NONE)
			printf("%s %s: would %s %s %s\n", kind, name, verbs[change], t->kind,
			        t->name);
	}
	for (size_t i = 0; i < old->n_targets; i++)
		if (is_removed(dry, &old->targets[i]))
			printf("%s %s: would remove %s %s\n", kind, name, old->targets[i].kind,
			        old->targets[i].name);
	for (size_t i = 0; i < fresh->n_warnings; i++)
		printf("%s %s: %s\n", kind, name, fresh->warnings[i]);
	if (n_same > 0)
		printf("%s %s: would leave %zu object%s as %s\n", kind, name, n_same,
		        n_same == 1 ? "" : "s", n_same == 1 ? "it is" : "they are");
	return published_failures(fresh);
}

struct tally {
	size_t count;
	const struct published_target *first;
};

static void tally_add(struct tally *tally, const struct published_target *t)
{
	if (tally->count++ == 0)
		tally->first = t;
}

static void say_changes(const struct publish_dry *dry, struct finding *f)
{
	const struct published_section *old = dry->section.old;
	struct tally tallies[N_CHANGES] = {};

	for (size_t i = 0; i < dry->fresh.n_targets; i++)
		tally_add(&tallies[change_of(dry, &dry->fresh.targets[i])], &dry->fresh.targets[i]);
	for (size_t i = 0; i < old->n_targets; i++)
		if (is_removed(dry, &old->targets[i]))
			tally_add(&tallies[REMOVE], &old->targets[i]);
	for (enum change c = CREATE; c < N_CHANGES; c++)
		if (tallies[c].count > 0)
			finding_say(f, "a run would %s %zu object%s (%s %s%s)", verbs[c],
			        tallies[c].count, tallies[c].count == 1 ? "" : "s",
			        tallies[c].first->kind, tallies[c].first->name,
			        tallies[c].count == 1 ? "" : ", …");
}

size_t publish_dry_say(const struct publish_dry *dry, struct finding *f)
{
	const struct published_section *fresh = &dry->fresh;
	size_t n = published_failures(fresh), shown = 0;

	say_changes(dry, f);
	if (fresh->failure.code[0] && ++shown)
		finding_say(f, "%s", fresh->failure.text);
	for (size_t i = 0; i < fresh->n_targets && shown < MAX_SHOWN; i++)
		if (fresh->targets[i].failure.code[0] && ++shown)
			finding_say(f, "%s", fresh->targets[i].failure.text);
	if (n > shown)
		finding_say(f, "and %zu more", n - shown);
	return n;
}

void publish_dry_done(struct publish_dry *dry)
{
	publish_tokens_done(&dry->tokens);
	published_section_done(&dry->fresh);
}
