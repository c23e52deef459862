/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order is the AWS CLI's, with the ini instead of its command line. The administrator controls
 * ini and environment, the owner of the shared files the profile. A URL is never shown: it may hold
 * a password.
 */
#include "fetch/api/identity-endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "config/paths.h"

/* A configured URL, and the name of its place in messages. */
struct place {
	const char *url;
	char name[256];
};

static const struct config_identity *ini_of(const struct identity *identity)
{
	return identity ? identity->config : NULL;
}

static const char *ini_get(const struct identity *identity, const char *key)
{
	return ini_of(identity) ? config_identity_get(ini_of(identity), key) : NULL;
}

static const char *profile_value(const struct identity *identity, const char *key)
{
	const struct profile *profile =
	        identity && identity->profile_name
	                ? profile_find(&identity->profiles, PROFILE_PROFILE, identity->profile_name)
	                : NULL;
	const struct profile_property *property = profile ? profile_get(profile, key) : NULL;

	return property && property->value.size > 0 && property->n_children == 0
	               ? secret_string(&property->value)
	               : NULL;
}

static bool flag(const struct identity *identity, const char *key, const char *variable)
{
	const char *value = ini_get(identity, key);

	if (!value)
		value = environment_get(variable);
	if (!value)
		value = profile_value(identity, key);
	return value && strcasecmp(value, "true") == 0;
}

static const char *section_label(const struct identity *identity, char *buffer, size_t size)
{
	const char *name = ini_of(identity)->name;

	snprintf(buffer, size, "[aws%s%.64s]", *name ? " " : "", name);
	return buffer;
}

/* Finds a service's URL in [services NAME]. by names the place of `services = NAME` in messages. */
static int find_in_services(const struct identity *identity, const char *name, const char *by,
        enum aws_service service, struct place *ret, struct reason *ret_reason)
{
	const struct profile *services = profile_find(&identity->profiles, PROFILE_SERVICES, name);
	const struct profile_property *property;

	if (!services)
		return reason_set(ret_reason, ENOENT, "no-such-services",
		        "%s has 'services = %.64s', but %s has no section [services %.64s]; add "
		        "it, or remove the key",
		        by, name, identity->config_file ? identity->config_file : "the config file",
		        name);
	property = profile_get(services, endpoint_service_id(service));
	property = property ? profile_get_child(property, "endpoint_url") : NULL;
	if (!property || property->value.size == 0)
		return 0;
	ret->url = secret_string(&property->value);
	snprintf(ret->name, sizeof(ret->name), "endpoint_url of %s in [services %.64s]",
	        endpoint_service_id(service), name);
	return 1;
}

/* The ini: `services`, then `endpoint_url`. It applies even if configured URLs are ignored. */
static int find_in_ini(const struct identity *identity, enum aws_service service, struct place *ret,
        struct reason *ret_reason)
{
	const char *services = ini_get(identity, "services");
	char label[80];
	int r = 0;

	if (!ini_of(identity))
		return 0;
	section_label(identity, label, sizeof(label));
	if (services)
		r = find_in_services(identity, services, label, service, ret, ret_reason);
	ret->url = r > 0 ? ret->url : ini_get(identity, "endpoint_url");
	if (r != 0 || !ret->url)
		return r;
	snprintf(ret->name, sizeof(ret->name), "endpoint_url of %s", label);
	return 1;
}

static int find_in_environment(enum aws_service service, struct place *ret)
{
	char variable[64];
	size_t n = (size_t)snprintf(
	        variable, sizeof(variable), "AWS_ENDPOINT_URL_%s", endpoint_service_id(service));

	for (size_t i = strlen("AWS_ENDPOINT_URL_"); i < n; i++)
		if (variable[i] >= 'a' && variable[i] <= 'z')
			variable[i] = (char)(variable[i] - 'a' + 'A');
	if (!environment_get(variable))
		variable[strlen("AWS_ENDPOINT_URL")] = '\0';
	ret->url = environment_get(variable);
	snprintf(ret->name, sizeof(ret->name), "%s", variable);
	return ret->url ? 1 : 0;
}

static int find_in_profile(const struct identity *identity, enum aws_service service,
        struct place *ret, struct reason *ret_reason)
{
	const char *services = profile_value(identity, "services");
	char label[80] = "";
	int r = 0;

	if (identity && identity->profile_name)
		snprintf(label, sizeof(label), "profile %.64s", identity->profile_name);
	if (services)
		r = find_in_services(identity, services, label, service, ret, ret_reason);
	if (r != 0)
		return r;
	ret->url = profile_value(identity, "endpoint_url");
	snprintf(ret->name, sizeof(ret->name), "endpoint_url of %s", label);
	return ret->url ? 1 : 0;
}

static int find_url(const struct identity *identity, enum aws_service service, struct place *ret,
        struct reason *ret_reason)
{
	int r = find_in_ini(identity, service, ret, ret_reason);

	if (r != 0 || flag(identity, "ignore_configured_endpoint_urls",
	                      "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))
		return r;
	r = find_in_environment(service, ret);
	return r != 0 ? r : find_in_profile(identity, service, ret, ret_reason);
}

/* AWS_CA_BUNDLE, between the ini and the profile, is left to http_call(). */
static char *find_ca_bundle(const struct identity *identity)
{
	const char *path = ini_get(identity, "ca_bundle");

	if (!path && !environment_get("AWS_CA_BUNDLE"))
		path = profile_value(identity, "ca_bundle");
	return path ? paths_expand(path) : NULL;
}

int identity_endpoint(const struct identity *identity, enum aws_service service, bool fips,
        bool dualstack, struct identity_endpoint *ret, struct reason *ret_reason)
{
	struct identity_endpoint e = {
	        .fips = fips || flag(identity, "use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT"),
	        .dualstack = dualstack ||
	                     flag(identity, "use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT"),
	};
	struct place place = {};
	int r = find_url(identity, service, &place, ret_reason);

	if (r < 0)
		return r;
	if (r > 0 && (e.fips || e.dualstack))
		return reason_set(ret_reason, EINVAL, "endpoint-conflict",
		        "%s is set, but the registry's host or use_%s_endpoint requires the %s "
		        "endpoint; remove one of them",
		        place.name, e.fips ? "fips" : "dualstack", e.fips ? "FIPS" : "dual-stack");
	if (r > 0)
		r = endpoint_read_url(place.url, place.name, e.url, ret_reason);
	if (r < 0)
		return r;
	e.ca_bundle = find_ca_bundle(identity);
	*ret = e;
	return 0;
}

void identity_endpoint_done(struct identity_endpoint *e)
{
	free(e->ca_bundle);
	*e = (struct identity_endpoint){};
}
