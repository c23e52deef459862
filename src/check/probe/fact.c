/* SPDX-License-Identifier: Apache-2.0 */
/* Facts. The user controls their strings and, in theory, the process that sends them. */
#include "check/probe/fact.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "check/probe/fact.h"

static bool is_same(const struct fact *a, const struct fact *b)
{
	return a->kind == b->kind && strcmp(a->path, b->path) == 0 &&
	       strcmp(a->host, b->host) == 0 && strcmp(a->detail, b->detail) == 0;
}

void facts_add(struct facts *f, enum fact_kind kind, unsigned clients, const char *path,
        const char *host, const char *detail)
{
	struct fact new = {.kind = kind, .clients = clients};

	snprintf(new.path, sizeof(new.path), "%s", path ? path : "");
	snprintf(new.host, sizeof(new.host), "%s", host ? host : "");
	snprintf(new.detail, sizeof(new.detail), "%s", detail ? detail : "");
	fact_sanitize(&new);
	for (size_t i = 0; i < f->count; i++)
		if (is_same(&f->items[i], &new)) {
			f->items[i].clients |= clients;
			return;
		}
	if (f->count < FACTS_MAX)
		*(struct fact *)array_append(&f->items, &f->count, sizeof(new)) = new;
}

bool facts_has(const struct facts *f, enum fact_kind kind, const char *path)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].kind == kind && (!path || strcmp(f->items[i].path, path) == 0))
			return true;
	return false;
}

bool fact_sanitize(struct fact *fact)
{
	if ((unsigned)fact->kind >= FACT_KIND_COUNT)
		return false;
	fact->clients &= CLIENT_ALL;
	fact->host[sizeof(fact->host) - 1] = '\0';
	fact->detail[sizeof(fact->detail) - 1] = '\0';
	fact->path[sizeof(fact->path) - 1] = '\0';
	text_sanitize(fact->host);
	text_sanitize(fact->detail);
	text_sanitize(fact->path);
	return true;
}

void facts_done(struct facts *f)
{
	free(f->items);
	*f = (struct facts){};
}

void user_facts_done(struct user_facts *u)
{
	free(u->user);
	facts_done(&u->facts);
}
