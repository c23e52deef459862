/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publish-tokens.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

/* host: NULL if it is not known what "auto" stands for. */
static void add_missing(struct publish_tokens *t, const char *host, const struct token *token)
{
	t->missing[t->n_missing++] = host;
	if (!t->failure.code[0])
		reason_set(&t->failure, ENODATA, "no-token",
		        "there is no valid token for %s, so the old one stays in the cluster: %s",
		        host ? host : HOST_AUTO,
		        token && token->failed_at ? token->failure.text
		                                  : "see the messages of ecr-fetch");
}

/* "auto" may be the same registry as one that is named. */
static bool has(const struct publish_tokens *t, const char *host)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->items[i].host, host) == 0)
			return true;
	return false;
}

static void add(struct publish_tokens *t, const struct config_entry *entry,
        const struct token *token, int64_t now)
{
	const char *auto_host = token && *token->auto_host ? token->auto_host : NULL;
	const char *host = entry->is_auto ? auto_host : entry->host.name;
	_secret_ struct secret user = {};
	const char *password;

	if (!host || !token_is_valid(token, now) ||
	        token_split(&token->authorization, &user, &password, NULL) < 0) {
		add_missing(t, host, token);
		return;
	}
	if (has(t, host))
		return;
	t->items[t->count] = (struct sink_token){.host = host,
	        .authorization = &token->authorization,
	        .username = user.data,
	        .password = password,
	        .expires_at = token->expires_at};
	secret_move(&t->passwords[t->count], &user);
	t->hosts[t->count++] = (char *)host;
}

void publish_tokens_find(const struct config *config, const struct tokens *tokens,
        const struct config_sink *sink, int64_t now, struct publish_tokens *ret)
{
	ret->items = xcalloc(sink->n_entries + 1, sizeof(*ret->items));
	ret->passwords = xcalloc(sink->n_entries + 1, sizeof(*ret->passwords));
	ret->hosts = xcalloc(sink->n_entries + 1, sizeof(*ret->hosts));
	ret->missing = xcalloc(sink->n_entries + 1, sizeof(*ret->missing));
	for (size_t i = 0; i < sink->n_entries; i++) {
		struct token_key key = plan_key(config, &sink->entries[i]);

		add(ret, &sink->entries[i], tokens_find(tokens, &key), now);
	}
}

void publish_tokens_assume(struct publish_tokens *t)
{
	static const struct secret nothing;

	for (size_t i = 0; i < t->n_missing; i++) {
		const char *host = t->missing[i] ? t->missing[i] : HOST_AUTO;

		if (has(t, host))
			continue;
		t->items[t->count] = (struct sink_token){
		        .host = host, .authorization = &nothing, .username = "AWS", .password = ""};
		t->hosts[t->count++] = (char *)host;
	}
	t->n_missing = 0;
}

int64_t publish_tokens_expiry(const struct publish_tokens *t)
{
	int64_t first = 0;

	for (size_t i = 0; i < t->count; i++)
		if (first == 0 || t->items[i].expires_at < first)
			first = t->items[i].expires_at;
	return first;
}

void publish_tokens_done(struct publish_tokens *t)
{
	for (size_t i = 0; i < t->count; i++)
		secret_done(&t->passwords[i]);
	free(t->passwords);
	free(t->items);
	free(t->hosts);
	free(t->missing);
	*t = (struct publish_tokens){};
}
