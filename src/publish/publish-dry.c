/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publish-dry.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "publish/publish-finding.h"
#include "publish/publish-tally.h"
#include "publish/sink-types.h"

enum change { NONE, CREATE, CHANGE, REMOVE, N_CHANGES };

static const char *const verbs[N_CHANGES] = {
        [CREATE] = "create", [CHANGE] = "change", [REMOVE] = "remove"};

void publish_dry_run(struct publish_dry *dry, const struct config_sink *sink,
        const struct publish_inputs *inputs)
{
	publish_job_prepare(&dry->job, sink, inputs, &dry->fresh);
	publish_job_run(&dry->job);
}

static enum change change_of(const struct publish_dry *dry, const struct published_target *t)
{
	const char *foreign = sink_type_of(dry->job.sink)->foreign_kind;
	const struct published_target *old =
	        published_find_target(dry->job.sink_run.old, t->kind, t->name);

	if (t->failure.code[0] || t->published_at != dry->job.sink_run.now)
		return NONE;
	if ((foreign && strcmp(t->kind, foreign) == 0) || !t->uid)
		return CHANGE;
	return old && old->uid && strcmp(old->uid, t->uid) == 0 ? CHANGE : CREATE;
}

static bool is_removed(const struct publish_dry *dry, const struct published_target *old)
{
	return dry->job.error == 0 && old->uid &&
	       !published_find_target(&dry->fresh, old->kind, old->name);
}

size_t publish_dry_print(const struct publish_dry *dry)
{
	const struct published_section *old = dry->job.sink_run.old, *fresh = &dry->fresh;
	const char *kind = config_sink_kind_name(dry->job.sink->kind), *name = dry->job.sink->name;
	size_t n_same = 0, n_tokens = dry->job.tokens.count;

	printf("%s %s: would publish the tokens of %zu registr%s\n", kind, name, n_tokens,
	        n_tokens == 1 ? "y" : "ies");
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

size_t publish_dry_add(const struct publish_dry *dry, struct finding *f)
{
	const struct published_section *old = dry->job.sink_run.old, *fresh = &dry->fresh;
	struct publish_tally tallies[N_CHANGES] = {};

	for (size_t i = 0; i < fresh->n_targets; i++)
		publish_tally_add(&tallies[change_of(dry, &fresh->targets[i])], &fresh->targets[i]);
	for (size_t i = 0; i < old->n_targets; i++)
		if (is_removed(dry, &old->targets[i]))
			publish_tally_add(&tallies[REMOVE], &old->targets[i]);
	for (enum change c = CREATE; c < N_CHANGES; c++) {
		if (tallies[c].count > 0) {
			_cleanup_(freep) char *text = publish_tally_text(&tallies[c]);

			finding_add_line(f, "a run would %s %s", verbs[c], text);
		}
	}
	return publish_finding_add_failures(f, fresh, "ecr-refresher refresh --dry-run");
}

void publish_dry_done(struct publish_dry *dry)
{
	publish_job_done(&dry->job);
	published_section_done(&dry->fresh);
}
