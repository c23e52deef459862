/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publish-log.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "publish/publish-tally.h"

/* published_at alone is not enough, because two runs may be in the same second. */
static bool was_sent(
        const struct published_section *old, const struct published_target *t, int64_t now)
{
	const struct published_target *before = published_find_target(old, t->kind, t->name);

	return t->published_at == now && !t->failure.code[0] &&
	       (!before || before->published_at != now || before->hash != t->hash);
}

static void log_changes(const struct published_section *old, const struct published_section *fresh,
        struct log_fields *fields, int64_t now)
{
	struct publish_tally sent = {}, removed = {};

	for (size_t i = 0; i < fresh->n_targets; i++)
		if (was_sent(old, &fresh->targets[i], now))
			publish_tally_add(&sent, &fresh->targets[i]);
	for (size_t i = 0; i < old->n_targets; i++)
		if (old->targets[i].uid &&
		        !published_find_target(fresh, old->targets[i].kind, old->targets[i].name))
			publish_tally_add(&removed, &old->targets[i]);
	if (sent.count == 0 && removed.count == 0)
		log_debug("[%s] %zu object%s, none had to be changed", fields->target,
		        fresh->n_targets, fresh->n_targets == 1 ? "" : "s");
	if (sent.count > 0) {
		_cleanup_(freep) char *text = publish_tally_text(&sent);

		log_event(EVENT_PUBLISHED, fields, "[%s] published to %s", fields->target, text);
	}
	fields->expires_at = 0;
	if (removed.count > 0) {
		_cleanup_(freep) char *text = publish_tally_text(&removed);

		log_event(EVENT_UNPUBLISHED, fields, "[%s] removed %s", fields->target, text);
	}
}

static bool is_first_with_code(const struct published_section *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(s->targets[k].failure.code, s->targets[i].failure.code) == 0)
			return false;
	return true;
}

/* Logs one line for 500 namespaces that refuse for the same reason. */
static void log_failures(
        const struct published_section *fresh, size_t n_tried, struct log_fields *fields)
{
	if (fresh->failure.code[0]) {
		fields->error = fresh->failure.code;
		log_event(EVENT_PUBLISH_FAILED, fields, "[%s] %s", fields->target,
		        fresh->failure.text);
	}
	for (size_t i = 0; i < n_tried; i++) {
		const struct reason *failure = &fresh->targets[i].failure;
		char others[64] = "";
		size_t n = 0;

		if (!failure->code[0] || !is_first_with_code(fresh, i))
			continue;
		for (size_t k = i + 1; k < n_tried; k++)
			n += strcmp(fresh->targets[k].failure.code, failure->code) == 0;
		if (n > 0)
			snprintf(others, sizeof(others), " (and %zu more like it)", n);
		fields->error = failure->code;
		log_event(EVENT_PUBLISH_FAILED, fields, "[%s] %s%s", fields->target, failure->text,
		        others);
	}
	fields->error = NULL;
}

static bool was_logged(const struct published_section *old, const char *warning)
{
	for (size_t i = 0; i < old->n_warnings; i++)
		if (strcmp(old->warnings[i], warning) == 0)
			return true;
	return false;
}

void publish_log(const struct published_section *old, const struct published_section *fresh,
        size_t n_tried, char *const *hosts, size_t n_hosts, int64_t now)
{
	_cleanup_(freep) char *target = xasprintf("%s %s", fresh->kind, fresh->name);
	struct log_fields fields = {.target = target,
	        .registries = hosts,
	        .n_registries = n_hosts,
	        .expires_at = fresh->expires_at};

	log_changes(old, fresh, &fields, now);
	log_failures(fresh, n_tried, &fields);
	for (size_t i = 0; i < fresh->n_warnings; i++)
		if (!was_logged(old, fresh->warnings[i]))
			log_event(EVENT_PUBLISH_WARNING, &fields, "[%s] %s", target,
			        fresh->warnings[i]);
}

void publish_log_unconfigured(const struct published_section *old)
{
	_cleanup_(freep) char *target = xasprintf("%s %s", old->kind, old->name), *text = NULL;
	struct log_fields fields = {.target = target};
	struct publish_tally left = {};

	for (size_t i = 0; i < old->n_targets; i++)
		if (old->targets[i].uid)
			publish_tally_add(&left, &old->targets[i]);
	if (left.count == 0)
		return;
	text = publish_tally_text(&left);
	log_event(EVENT_PUBLISH_WARNING, &fields,
	        "[%s] is no longer in the ini, and %s that we created remain%s in its cluster; "
	        "remove them by hand",
	        target, text, left.count == 1 ? "s" : "");
}
