/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/identity/role-chain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aws/profile.h"
#include "config/aws-settings.h"

bool profile_wants_role(const struct profile *profile)
{
	for (const struct config_key *s = aws_settings; s->name; s++)
		if (s->takes_role && profile_string(profile, s->name))
			return false;
	return profile_string(profile, "role_arn");
}

static bool has_keys(const struct profile *profile)
{
	return profile_string(profile, "aws_access_key_id") ||
	       profile_string(profile, "aws_secret_access_key");
}

bool profile_has_credentials(const struct profile *profile)
{
	for (const struct config_key *s = aws_settings; s->name; s++)
		if (s->provider && profile_string(profile, s->name))
			return true;
	return false;
}

int profile_can_assume_role(const struct profile *profile, struct reason *ret_reason)
{
	char label[PROFILE_LABEL_SIZE];

	if (!profile_string(profile, "mfa_serial"))
		return 0;
	return reason_set(ret_reason, EINVAL, "mfa",
	        "%s has mfa_serial: its role requires a code from an MFA device, which a service "
	        "cannot enter; remove mfa_serial and allow the role without MFA, or use another "
	        "role for the service",
	        profile_label(profile, label, sizeof(label)));
}

/* A chain under construction: the profiles from the start to the one that is examined next. */
struct walk {
	const struct profile_set *set;
	const struct profile *path[ROLE_CHAIN_MAX];
	size_t n;
	struct reason *reason;
};

static int fail_cycle(const struct walk *walk, const char *again)
{
	char names[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < walk->n && used < sizeof(names); i++)
		used += (size_t)snprintf(
		        names + used, sizeof(names) - used, "%s → ", walk->path[i]->name);
	return reason_set(walk->reason, ELOOP, "role-cycle",
	        "the source_profile settings form a circle: %s%s; configure credentials in one of "
	        "these profiles",
	        names, again);
}

static int name_source(const struct walk *walk, const char *source, enum role_base *ret_base)
{
	static const char *const names[] = {[ROLE_BASE_ENVIRONMENT] = "Environment",
	        [ROLE_BASE_EC2] = "Ec2InstanceMetadata",
	        [ROLE_BASE_CONTAINER] = "EcsContainer"};
	char label[PROFILE_LABEL_SIZE];

	for (size_t i = ROLE_BASE_ENVIRONMENT; i < ARRAY_SIZE(names); i++)
		if (strcmp(source, names[i]) == 0) {
			*ret_base = (enum role_base)i;
			return 0;
		}
	return reason_set(walk->reason, EINVAL, "bad-credential-source",
	        "%s: invalid credential_source \"%.40s\"; expected Environment, "
	        "Ec2InstanceMetadata or EcsContainer",
	        profile_label(walk->path[walk->n - 1], label, sizeof(label)), source);
}

static int find_source(const struct walk *walk, const char *name, const struct profile **ret)
{
	const struct profile *from = walk->path[walk->n - 1];
	char label[PROFILE_LABEL_SIZE];

	*ret = profile_find(walk->set, PROFILE_PROFILE, name);
	if (!*ret)
		return reason_set(walk->reason, ENOENT, "no-such-profile",
		        "no profile \"%.64s\" exists, which %s names as source_profile; correct "
		        "the name or add the profile",
		        name, profile_label(from, label, sizeof(label)));
	if (*ret == from) { /* its own credentials, then its role */
		if (profile_has_credentials(from))
			return 0;
		return fail_cycle(walk, name);
	}
	for (size_t i = 0; i < walk->n; i++)
		if (walk->path[i] == *ret)
			return fail_cycle(walk, name);
	if (!profile_has_credentials(*ret) && !profile_wants_role(*ret))
		return reason_set(walk->reason, ENOENT, "no-source-credentials",
		        "profile \"%.64s\", the source_profile of %s, has no credentials: neither "
		        "keys nor a setting that leads to some; add them (ecr-refresher.ini(5))",
		        name, profile_label(from, label, sizeof(label)));
	return 0;
}

/*
 * Finds the source of the last role. Returns 1 if it is another role, which is then the last, or 0
 * if it is the base in *ret.
 */
static int step(struct walk *walk, struct role_chain *ret)
{
	const struct profile *from = walk->path[walk->n - 1], *next = NULL;
	const char *source = profile_string(from, "source_profile");
	const char *named = profile_string(from, "credential_source");
	char label[PROFILE_LABEL_SIZE];
	int r = profile_can_assume_role(from, walk->reason);

	if (r < 0)
		return r;
	if (!source == !named)
		return reason_set(walk->reason, EINVAL, "role-source",
		        "%s has a role_arn and %s; set exactly one of them: it supplies the "
		        "credentials that assume the role",
		        profile_label(from, label, sizeof(label)),
		        source ? "both source_profile and credential_source"
		               : "neither source_profile nor credential_source");
	if (named)
		return name_source(walk, named, &ret->base);
	r = find_source(walk, source, &next);
	if (r < 0)
		return r;
	/* Keys of a source come before its own role, as in the AWS CLI. */
	if (next == from || has_keys(next) || !profile_wants_role(next)) {
		ret->base = ROLE_BASE_PROFILE;
		ret->base_profile = next;
		return 0;
	}
	if (walk->n == ROLE_CHAIN_MAX)
		return reason_set(walk->reason, E2BIG, "role-chain",
		        "%s is the end of a chain of %d roles, the maximum; shorten the chain",
		        profile_label(from, label, sizeof(label)), ROLE_CHAIN_MAX);
	walk->path[walk->n++] = next;
	return 1;
}

int role_chain_plan(const struct profile_set *set, const struct profile *start,
        struct role_chain *ret, struct reason *ret_reason)
{
	struct walk walk = {.set = set, .path = {start}, .n = 1, .reason = ret_reason};
	struct role_chain chain = {};
	int r;

	if (!profile_wants_role(start)) {
		*ret = (struct role_chain){.base = ROLE_BASE_PROFILE, .base_profile = start};
		return 0;
	}
	do
		r = step(&walk, &chain);
	while (r > 0);
	if (r < 0)
		return r;
	for (size_t i = 0; i < walk.n; i++)
		chain.roles[i] = walk.path[walk.n - 1 - i];
	chain.n_roles = walk.n;
	*ret = chain;
	return 0;
}
