/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The order is the AWS CLI's, with the departures that a service needs: a profile named in the ini
 * comes before keys in the environment, as --profile does there, and AWS_PROFILE does not. The
 * providers of one profile are asked as the CLI does, too, except that a broken one ends the
 * search: being somebody else than was meant is worse than being nobody.
 *
 * What an [aws NAME] of the ini asks for by itself comes before everything, and nothing else
 * answers in its place.
 */

#include "fetch/providers/provider-chain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/profile.h"
#include "base/alloc.h"
#include "fetch/identity/role-chain.h"
#include "fetch/providers/assume-role.h"

typedef int (*provider_fn)(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

struct provider {
	const char *name;
	provider_fn ask;
};

/* A search: what the providers are asked for, and what they said. */
struct search {
	const struct identity *identity;
	struct credentials *ret;
	struct reason *reason;
	struct tried_list *tried;
};

static const struct provider keys_in_environment = {"environment", provider_environment};
static const struct provider roles = {"assume-role", provider_assume_role};
static const struct provider web_identity = {"web-identity", provider_web_identity};
static const struct provider roles_anywhere = {"roles-anywhere", provider_roles_anywhere};
static const struct provider machine[] = {
        {"container", provider_container}, {"imds", provider_imds}};

/* Behind the roles, IAM Roles Anywhere's among them, and web identity. */
static const struct provider of_profile[] = {
        {"sso", provider_sso},
        {"shared-credentials-file", provider_credentials_file},
        {"login", provider_login},
        {"credential-process", provider_process},
        {"config-file", provider_config_file},
};

/* Those of them that an [aws NAME] can ask for: keys do not belong in the ini. */
static const struct provider of_section[] = {
        {"sso", provider_sso},
        {"login", provider_login},
        {"credential-process", provider_process},
};

static void note(struct tried_list *tried, const char *name, int outcome, const struct reason *why)
{
	struct attempt *t;

	if (!tried || tried->count == TRIED_MAX)
		return;
	t = &tried->items[tried->count++];
	*t = (struct attempt){.provider = name, .outcome = outcome};
	if (outcome <= 0)
		t->reason = *why;
}

/* Asks one of them, and remembers what it said. */
static int ask(
        const struct search *s, const struct provider *provider, const struct profile *profile)
{
	struct reason why = {};
	int r = provider->ask(s->identity, profile, s->ret, &why);

	note(s->tried, provider->name, r, &why);
	if (r > 0)
		s->ret->provider = provider->name;
	else
		*s->reason = why;
	return r;
}

static int ask_each(const struct search *s, const struct provider *providers, size_t n,
        const struct profile *profile)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = ask(s, &providers[i], profile);
	return r;
}

/* Not a word about it where no profile has its keys: the AWS CLI does not know them. */
static int ask_roles_anywhere(const struct search *s, const struct profile *profile)
{
	return profile_string(profile, "trust_anchor_arn") ? ask(s, &roles_anywhere, profile) : 0;
}

/* How many bytes of a text fit, in whole characters of UTF-8. */
static size_t cut(const char *text, size_t n)
{
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* What was tried, in a sentence that fits; for where nothing answered. */
static int explain(const struct tried_list *tried, struct reason *ret_reason)
{
	static const char mend[] = "; set up one of them (README.md, \"Who the host is at AWS\")";
	struct reason r = {.code = "no-credentials", .text = "no AWS credentials"};
	const size_t size = sizeof(r.text) - strlen(mend);
	size_t used = strlen(r.text);

	for (size_t i = 0; i < tried->count; i++) {
		/* Each may have its share of what is left. */
		size_t share = (size - used) / (tried->count - i);
		const char *text = tried->items[i].reason.text;
		size_t n = strlen(text);
		bool fits = n + 2 < share;

		if (share < 12)
			break;
		used += (size_t)snprintf(r.text + used, size - used, "%s%.*s%s",
		        i > 0 ? "; " : ": ", (int)(fits ? n : cut(text, share - 6)), text,
		        fits ? "" : "…");
	}
	strcpy(r.text + used, mend);
	*ret_reason = r;
	return -ENOENT;
}

int provider_chain_try_profile(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason, struct tried_list *ret_tried)
{
	struct tried_list own = {}, *tried = ret_tried ? ret_tried : &own;
	struct search s = {identity, ret, ret_reason, tried};
	int r = ask_roles_anywhere(&s, profile);

	if (r == 0)
		r = ask(&s, &web_identity, profile);
	if (r == 0)
		r = ask_each(&s, of_profile, ARRAY_SIZE(of_profile), profile);
	if (r == 0)
		explain(tried, ret_reason);
	return r;
}

/* The profile in use, with its role. */
static int ask_profile_in_use(const struct search *s, bool is_explicit)
{
	const struct identity *identity = s->identity;
	const struct profile *profile = identity_profile(identity);
	int r = profile ? ask_roles_anywhere(s, profile) : 0;

	if (r == 0 && profile)
		r = ask(s, &roles, profile);
	/* Without a profile: the environment's token file, completed by the profile in use. */
	if (r == 0)
		r = ask(s, &web_identity, is_explicit ? profile : NULL);
	if (r == 0 && profile)
		r = ask_each(s, of_profile, ARRAY_SIZE(of_profile), profile);
	if (r == 0 && !profile) {
		struct reason why;

		reason_set(&why, ENOENT, "no-such-profile",
		        "shared files: no profile \"%.64s\" in %s or %s", identity->profile_name,
		        identity->config_file, identity->credentials_file);
		note(s->tried, "shared-files", 0, &why);
	}
	return r;
}

/* Everybody, in order. */
static int try_all(const struct search *s)
{
	bool is_explicit = config_identity_get(s->identity->config, "profile");
	int r = is_explicit ? 0 : ask(s, &keys_in_environment, NULL);

	if (r == 0)
		r = ask_profile_in_use(s, is_explicit);
	return r == 0 ? ask_each(s, machine, ARRAY_SIZE(machine), NULL) : r;
}

/* Whether the section says, as a profile has to, who is to assume its role. */
static bool names_source(const struct profile *own)
{
	return profile_string(own, "source_profile") || profile_string(own, "credential_source");
}

/*
 * The role of an [aws NAME] that names no source: assumed by whoever the section would be without
 * it.
 */
static int ask_role_of_section(const struct search *s, const struct profile *own)
{
	_cleanup_(credentials_done) struct credentials base = {};
	struct search without_role = {s->identity, &base, s->reason, s->tried};
	struct reason why = {};
	int r = profile_can_assume_role(own, s->reason);

	if (r < 0)
		return r;
	if (profile_has_credentials(own))
		r = ask_each(&without_role, of_section, ARRAY_SIZE(of_section), own);
	else
		r = try_all(&without_role);
	if (r == 0)
		r = explain(s->tried, s->reason);
	if (r < 0)
		return reason_prefix(s->reason, r, "%s has nobody to assume its role: ", own->name);
	r = role_assume(s->identity, own, &base, s->ret, &why);
	if (r < 0)
		*s->reason = why;
	r = r < 0 ? r : 1;
	note(s->tried, roles.name, r, &why);
	if (r > 0)
		s->ret->provider = roles.name;
	return r;
}

/* What the section asks for itself; 0 where that is nothing. */
static int ask_section(const struct search *s)
{
	const struct profile *own = s->identity->own.profiles;
	int r;

	if (profile_string(own, "trust_anchor_arn"))
		r = ask(s, &roles_anywhere, own);
	else if (profile_wants_role(own))
		r = names_source(own) ? ask(s, &roles, own) : ask_role_of_section(s, own);
	else if (profile_string(own, "web_identity_token_file"))
		r = ask(s, &web_identity, own);
	else if (profile_has_credentials(own))
		r = ask_each(s, of_section, ARRAY_SIZE(of_section), own);
	else
		return 0;
	return r == 0 ? explain(s->tried, s->reason) : r;
}

int identity_resolve(const struct identity *identity, struct credentials *ret,
        struct reason *ret_reason, struct tried_list *ret_tried)
{
	struct tried_list own = {}, *tried = ret_tried ? ret_tried : &own;
	_cleanup_(credentials_done) struct credentials found = {};
	struct reason why = {};
	struct search s = {identity, &found, &why, tried};
	int r;

	tried->count = 0;
	r = ask_section(&s);
	if (r == 0) {
		r = try_all(&s);
		if (r == 0)
			r = explain(tried, &why);
	}
	if (r < 0) {
		*ret_reason = why;
		return r;
	}
	*ret = found;
	found = (struct credentials){};
	return 0;
}
