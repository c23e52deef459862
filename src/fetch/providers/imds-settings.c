/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/imds-settings.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/environment.h"
#include "base/timespan.h"

#define ENDPOINT_IPV4 "http://169.254.169.254"
#define ENDPOINT_IPV6 "http://[fd00:ec2::254]"

#define DEFAULT_ATTEMPTS 4
#define DEFAULT_TIMEOUT_SECONDS 1

/* A setting, and its name for a reason. */
struct setting {
	const char *value; /* NULL if not set */
	const char *name;
};

static struct setting find_setting(
        const struct identity *identity, const char *variable, const char *key)
{
	const char *own = config_identity_get(identity->config, key);
	const char *value = own ? own : environment_get(variable);

	if (value)
		return (struct setting){value, own ? key : variable};
	return (struct setting){identity_get(identity, key), key};
}

static bool is_true(const char *value)
{
	return value && strcasecmp(value, "true") == 0;
}

/* Reads a whole number from 1 to max; usual is the default. */
static int read_number(
        struct setting s, unsigned usual, unsigned max, unsigned *ret, struct reason *ret_reason)
{
	size_t size = s.value ? strlen(s.value) : 0;
	unsigned n = usual;

	if (size > 0)
		n = size <= 4 && strspn(s.value, "0123456789") == size ? (unsigned)atoi(s.value)
		                                                       : 0;
	if (n < 1 || n > max)
		return reason_set(ret_reason, EINVAL, "bad-setting",
		        "EC2 metadata: %s is not a number from 1 to %u", s.name, max);
	*ret = n;
	return 0;
}

static int read_endpoint(
        const struct identity *identity, struct imds_settings *settings, struct reason *ret_reason)
{
	struct setting endpoint = find_setting(
	        identity, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
	struct setting mode = find_setting(identity, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
	        "ec2_metadata_service_endpoint_mode");
	const char *url = endpoint.value ? endpoint.value : ENDPOINT_IPV4;
	struct local_url parts;
	size_t size;
	int r;

	if (!endpoint.value && mode.value) {
		if (strcasecmp(mode.value, "IPv6") == 0)
			url = ENDPOINT_IPV6;
		else if (strcasecmp(mode.value, "IPv4") != 0)
			return reason_set(ret_reason, EINVAL, "bad-setting",
			        "EC2 metadata: %s is neither IPv4 nor IPv6", mode.name);
	}
	r = local_url_parse(url, endpoint.name, &parts, ret_reason);
	if (r < 0)
		return r;
	size = strlen(url);
	while (size > 0 && url[size - 1] == '/')
		size--;
	snprintf(settings->endpoint, sizeof(settings->endpoint), "%.*s", (int)size, url);
	return 0;
}

int imds_settings_read(
        const struct identity *identity, struct imds_settings *ret, struct reason *ret_reason)
{
	struct imds_settings s = {};
	unsigned seconds = 0;
	int r;

	if (is_true(environment_get("AWS_EC2_METADATA_DISABLED"))) {
		reason_set(ret_reason, ENOENT, "disabled",
		        "EC2 metadata: disabled by AWS_EC2_METADATA_DISABLED");
		return 0;
	}
	s.v1_disabled = is_true(
	        find_setting(identity, "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled")
	                .value);
	r = read_endpoint(identity, &s, ret_reason);
	if (r == 0)
		r = read_number(find_setting(identity, "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
		                        "metadata_service_num_attempts"),
		        DEFAULT_ATTEMPTS, 10, &s.attempts, ret_reason);
	if (r == 0)
		r = read_number(find_setting(identity, "AWS_METADATA_SERVICE_TIMEOUT",
		                        "metadata_service_timeout"),
		        DEFAULT_TIMEOUT_SECONDS, 60, &seconds, ret_reason);
	if (r < 0)
		return r;
	s.timeout_usec = seconds * USEC_PER_SEC;
	*ret = s;
	return 1;
}
