/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the findings have in common. Users choose the names of files and keys; the facts have been
 * made printable.
 */
#include "check/diagnose/diagnose-text.h"

#include <string.h>

#include "base/alloc.h"

bool diagnose_by(diagnose_function *const table[static FACT_KIND_COUNT], const struct diagnosis *d)
{
	if (!table[d->fact->kind])
		return false;
	table[d->fact->kind](d);
	return true;
}

const char *diagnose_client_names(unsigned clients)
{
	static const char *const names[] = {"no client", "docker", "podman", "docker and podman",
	        "Watchtower", "docker and Watchtower", "podman and Watchtower",
	        "docker, podman and Watchtower"};

	return names[clients & CLIENT_ALL];
}

const char *diagnose_verb(unsigned clients, const char *singular, const char *plural)
{
	return (clients & (clients - 1)) ? plural : singular;
}

/* Returns what a command begins with if it is to run as the user, who is not the caller. */
static const char *sudo_prefix(const struct diagnosis *d, char *buffer, size_t size)
{
	buffer[0] = '\0';
	if (!d->u->is_own_environment)
		snprintf(buffer, size, "sudo -iu %s ", d->u->user);
	return buffer;
}

void diagnose_add_edit(const struct diagnosis *d, struct finding *f, const char *what)
{
	finding_add_line(f, "edit %s: %s", d->fact->path, what);
}

char *diagnose_quote(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                            "_./:@%+=,-";
	char *quoted, *to;

	if (*word && *word != '-' && strspn(word, plain) == strlen(word))
		return xstrdup(word);
	quoted = to = xcalloc(4 * strlen(word) + 3, 1);
	*to++ = '\'';
	for (; *word; word++)
		to = *word == '\'' ? stpcpy(to, "'\\''") : (*to = *word, to + 1);
	*to = '\'';
	return quoted;
}

void diagnose_type_move(const struct diagnosis *d, struct finding *f)
{
	char buffer[300];
	_cleanup_(freep) char *old = xasprintf("%s.old", d->fact->path);
	_cleanup_(freep) char *from = diagnose_quote(d->fact->path), *to = diagnose_quote(old);

	finding_add_command(f, "%smv %s %s", sudo_prefix(d, buffer, sizeof(buffer)), from, to);
}

void diagnose_type_logout(const struct diagnosis *d, struct finding *f, const char *key)
{
	char buffer[300];
	_cleanup_(freep) char *file = diagnose_quote(d->fact->path), *quoted = diagnose_quote(key);

	finding_add_command(f, "%spodman logout --authfile %s %s",
	        sudo_prefix(d, buffer, sizeof(buffer)), file, quoted);
}

void diagnose_type_refresh(const struct diagnosis *d, struct finding *f)
{
	if (d->c->scope != SCOPE_PULL)
		finding_add_command(f, "%s", check_context_refresh(d->c));
}

bool diagnose_may_read_tokens(const struct diagnosis *d)
{
	return d->c->scope == SCOPE_OWN || strcmp(d->u->user, "root") == 0;
}

void diagnose_add_own_identity(const struct diagnosis *d, struct finding *f)
{
	finding_add_line(f,
	        "the helper cannot read the tokens of the host's service for %s, who needs "
	        "separate AWS credentials",
	        d->u->user);
}
