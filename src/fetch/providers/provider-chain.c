/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The order is the AWS CLI's with the exceptions that a service needs. A profile named in the ini
 * comes before keys in the environment, as --profile does there; AWS_PROFILE does not. A provider
 * that fails ends the search: running as an unintended identity is worse than running as none.
 *
 * If an [aws NAME] of the ini selects credentials itself, only those are tried.
 */

#include "fetch/providers/provider-chain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/profile.h"
#include "base/alloc.h"
#include "config/aws-settings.h"
#include "fetch/identity/role-chain.h"
#include "fetch/providers/assume-role.h"
#include "fetch/providers/provider-container.h"
#include "fetch/providers/provider-environment.h"
#include "fetch/providers/provider-imds.h"
#include "fetch/providers/provider-login.h"
#include "fetch/providers/provider-process.h"
#include "fetch/providers/provider-roles-anywhere.h"
#include "fetch/providers/provider-sso.h"
#include "fetch/providers/provider-static-keys.h"
#include "fetch/providers/provider-web-identity.h"

struct provider {
	const char *name;
	provider_function get_credentials;
};

/* One search: the identity, and the results so far. */
struct search {
	const struct identity *identity;
	struct credentials *ret;
	struct reason *reason;
	struct attempt_list *attempts;
};

static int provider_assume_role(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

static const struct provider keys_in_environment = {"environment", provider_environment};
static const struct provider roles = {"assume-role", provider_assume_role};
static const struct provider web_identity = {"web-identity", provider_web_identity};
static const struct provider roles_anywhere = {"roles-anywhere", provider_roles_anywhere};
static const struct provider machine[] = {
        {"container", provider_container}, {"imds", provider_imds}};

/* The providers of one profile, after its roles and web identity. */
static const struct provider of_profile[] = {
        {"sso", provider_sso},
        {"shared-credentials-file", provider_credentials_file},
        {"login", provider_login},
        {"credential-process", provider_process},
        {"config-file", provider_config_file},
};

static bool is_of_provider(const struct config_key *setting, const struct provider *provider)
{
	return setting->provider && strcmp(setting->provider, provider->name) == 0;
}

/* Reports whether an [aws NAME] can configure it: the ini is no place for access keys. */
static bool may_be_in_ini(const struct provider *provider)
{
	for (const struct config_key *s = aws_settings; s->name; s++)
		if (is_of_provider(s, provider) && !s->profile_only)
			return true;
	return false;
}

static bool is_configured(const struct provider *provider, const struct profile *profile)
{
	for (const struct config_key *s = aws_settings; s->name; s++)
		if (is_of_provider(s, provider) && profile_string(profile, s->name))
			return true;
	return false;
}

static void add_attempt(
        struct attempt_list *attempts, const char *provider, int outcome, const struct reason *why)
{
	struct attempt *a;

	if (attempts->count == ATTEMPTS_MAX)
		return;
	a = &attempts->items[attempts->count++];
	*a = (struct attempt){.provider = provider, .outcome = outcome};
	if (outcome <= 0)
		a->reason = *why;
}

static int try_provider(
        const struct search *s, const struct provider *provider, const struct profile *profile)
{
	struct reason why = {};
	int r = provider->get_credentials(s->identity, profile, s->ret, &why);

	add_attempt(s->attempts, provider->name, r, &why);
	if (r > 0)
		s->ret->provider = provider->name;
	else
		*s->reason = why;
	return r;
}

static int try_each(const struct search *s, const struct provider *providers, size_t n,
        const struct profile *profile)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = try_provider(s, &providers[i], profile);
	return r;
}

/* Skipped silently if the profile has no trust anchor: the AWS CLI does not know that key. */
static int try_roles_anywhere(const struct search *s, const struct profile *profile)
{
	return is_configured(&roles_anywhere, profile) ? try_provider(s, &roles_anywhere, profile)
	                                               : 0;
}

/* Shortens n bytes of text to whole characters of UTF-8. */
static size_t whole_characters(const char *text, size_t n)
{
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Names every provider that was tried, in one sentence that fits into a reason. */
static int fail_without_credentials(const struct attempt_list *attempts, struct reason *ret_reason)
{
	static const char fix[] = "; configure one of them (ecr-refresher.ini(5))";
	struct reason r = {.code = "no-credentials", .text = "no AWS credentials"};
	const size_t size = sizeof(r.text) - strlen(fix);
	size_t used = strlen(r.text);

	for (size_t i = 0; i < attempts->count; i++) {
		/* An equal share of the space left. */
		size_t share = (size - used) / (attempts->count - i);
		const char *text = attempts->items[i].reason.text;
		size_t n = strlen(text);
		bool fits = n + 2 < share;

		if (share < 12)
			break;
		used += (size_t)snprintf(r.text + used, size - used, "%s%.*s%s",
		        i > 0 ? "; " : ": ", (int)(fits ? n : whole_characters(text, share - 6)),
		        text, fits ? "" : "…");
	}
	strcpy(r.text + used, fix);
	*ret_reason = r;
	return -ENOENT;
}

int provider_chain_try_profile(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason, struct attempt_list *ret_attempts)
{
	struct attempt_list own = {}, *attempts = ret_attempts ? ret_attempts : &own;
	struct search s = {identity, ret, ret_reason, attempts};
	int r = try_roles_anywhere(&s, profile);

	if (r == 0)
		r = try_provider(&s, &web_identity, profile);
	if (r == 0)
		r = try_each(&s, of_profile, ARRAY_SIZE(of_profile), profile);
	if (r == 0)
		fail_without_credentials(attempts, ret_reason);
	return r;
}

/* The credentials that the first role of a chain is assumed with. */
static int get_base_credentials(const struct identity *identity, const struct role_chain *chain,
        struct credentials *ret, struct reason *ret_reason)
{
	char label[PROFILE_LABEL_SIZE];
	int r;

	switch (chain->base) {
	case ROLE_BASE_ENVIRONMENT:
		r = provider_environment(identity, NULL, ret, ret_reason);
		break;
	case ROLE_BASE_EC2:
		r = provider_imds(identity, NULL, ret, ret_reason);
		break;
	case ROLE_BASE_CONTAINER:
		r = provider_container(identity, NULL, ret, ret_reason);
		break;
	default:
		r = provider_chain_try_profile(
		        identity, chain->base_profile, ret, ret_reason, NULL);
	}
	if (r > 0)
		return 0;
	reason_prefix(ret_reason, 0, "%s has no credentials to assume its role: ",
	        profile_label(chain->roles[0], label, sizeof(label)));
	return r < 0 ? r : -ENOENT;
}

static int provider_assume_role(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	_cleanup_(credentials_done) struct credentials current = {};
	struct role_chain chain;
	int r;

	if (!profile_wants_role(profile)) {
		reason_set(ret_reason, ENOENT, "not-set", "role: no role_arn");
		return 0;
	}
	r = role_chain_plan(&identity->profiles, profile, &chain, ret_reason);
	if (r == 0)
		r = get_base_credentials(identity, &chain, &current, ret_reason);
	for (size_t i = 0; r == 0 && i < chain.n_roles; i++) {
		struct credentials next = {};

		r = role_assume(identity, chain.roles[i], &current, &next, ret_reason);
		if (r < 0)
			break;
		credentials_done(&current);
		current = next;
	}
	if (r < 0)
		return r;
	*ret = current;
	current = (struct credentials){};
	return 1;
}

static int try_profile_in_use(const struct search *s, bool is_explicit)
{
	const struct identity *identity = s->identity;
	const struct profile *profile = identity_profile(identity);
	int r = profile ? try_roles_anywhere(s, profile) : 0;

	if (r == 0 && profile)
		r = try_provider(s, &roles, profile);
	/* NULL: the environment's token file, completed by the profile in use. */
	if (r == 0)
		r = try_provider(s, &web_identity, is_explicit ? profile : NULL);
	if (r == 0 && profile)
		r = try_each(s, of_profile, ARRAY_SIZE(of_profile), profile);
	if (r == 0 && !profile) {
		struct reason why;

		reason_set(&why, ENOENT, "no-such-profile",
		        "shared files: no profile \"%.64s\" in %s or %s", identity->profile_name,
		        identity->config_file, identity->credentials_file);
		add_attempt(s->attempts, "shared-files", 0, &why);
	}
	return r;
}

/* All providers, in order. */
static int try_all(const struct search *s)
{
	bool is_explicit = config_identity_get(s->identity->config, "profile");
	int r = is_explicit ? 0 : try_provider(s, &keys_in_environment, NULL);

	if (r == 0)
		r = try_profile_in_use(s, is_explicit);
	return r == 0 ? try_each(s, machine, ARRAY_SIZE(machine), NULL) : r;
}

static int try_each_of_section(const struct search *s, const struct profile *own)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(of_profile); i++)
		if (may_be_in_ini(&of_profile[i]))
			r = try_provider(s, &of_profile[i], own);
	return r;
}

/* A section may omit the source of its role, which a profile may not. */
static bool has_source(const struct profile *own)
{
	return profile_string(own, "source_profile") || profile_string(own, "credential_source");
}

/* Assumes the role of an [aws NAME] as the identity that the section would be without it. */
static int try_role_without_source(const struct search *s, const struct profile *own)
{
	_cleanup_(credentials_done) struct credentials base = {};
	struct search without_role = {s->identity, &base, s->reason, s->attempts};
	struct reason why = {};
	int r = profile_can_assume_role(own, s->reason);

	if (r < 0)
		return r;
	if (profile_has_credentials(own))
		r = try_each_of_section(&without_role, own);
	else
		r = try_all(&without_role);
	if (r == 0)
		r = fail_without_credentials(s->attempts, s->reason);
	if (r < 0)
		return reason_prefix(
		        s->reason, r, "%s has no credentials to assume its role: ", own->name);
	r = role_assume(s->identity, own, &base, s->ret, &why);
	if (r < 0)
		*s->reason = why;
	r = r < 0 ? r : 1;
	add_attempt(s->attempts, roles.name, r, &why);
	if (r > 0)
		s->ret->provider = roles.name;
	return r;
}

/* Tries what the section itself selects. Returns 0 if that is nothing. */
static int try_section(const struct search *s)
{
	const struct profile *own = s->identity->own.profiles;
	int r;

	if (is_configured(&roles_anywhere, own))
		r = try_provider(s, &roles_anywhere, own);
	else if (profile_wants_role(own))
		r = has_source(own) ? try_provider(s, &roles, own)
		                    : try_role_without_source(s, own);
	else if (is_configured(&web_identity, own))
		r = try_provider(s, &web_identity, own);
	else if (profile_has_credentials(own))
		r = try_each_of_section(s, own);
	else
		return 0;
	return r == 0 ? fail_without_credentials(s->attempts, s->reason) : r;
}

int provider_chain_resolve(const struct identity *identity, struct credentials *ret,
        struct reason *ret_reason, struct attempt_list *ret_attempts)
{
	struct attempt_list own = {}, *attempts = ret_attempts ? ret_attempts : &own;
	_cleanup_(credentials_done) struct credentials found = {};
	struct reason why = {};
	struct search s = {identity, &found, &why, attempts};
	int r;

	attempts->count = 0;
	r = try_section(&s);
	if (r == 0) {
		r = try_all(&s);
		if (r == 0)
			r = fail_without_credentials(attempts, &why);
	}
	if (r < 0) {
		*ret_reason = why;
		return r;
	}
	*ret = found;
	found = (struct credentials){};
	return 0;
}
