/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Registry hosts: which of them are ECR, and which account, region and API their names contain. The
 * text comes from the administrator's ini, or from an image name at pull time.
 */

#include <stdbool.h>

#include "aws/partition.h"

#define HOST_NAME_MAX_SIZE 254 /* RFC 1035 2.3.4, and a NUL */
#define REGION_MAX_SIZE 64     /* one DNS label, and a NUL */

enum aws_service {
	SERVICE_ECR,
	SERVICE_ECR_PUBLIC,
	SERVICE_STS,
	SERVICE_SSO,
	SERVICE_SSO_OIDC,
	SERVICE_SIGNIN,
	SERVICE_ROLESANYWHERE,
};

/* Returns the name in a signature's scope: "ecr", "ecr-public", "sts", "rolesanywhere" … */
const char *aws_service_name(enum aws_service service);

struct registry_host {
	char name[HOST_NAME_MAX_SIZE]; /* lower case, no scheme: the key in config.json */
	char account[13];              /* 12 digits, or "" for ECR Public and custom names */
	char region[REGION_MAX_SIZE];  /* of the API: us-east-1 for ECR Public */
	const struct partition *partition;
	enum aws_service service;
	bool fips;
	bool dualstack;
};

/*
 * Removes scheme, path and the port 443, and lowers the case: "https://Host:443/v2/" becomes
 * "host". Another port is kept ("host:5000") because docker's key has it. Returns 0, or -EINVAL if
 * the result is not a host name.
 */
int host_normalize(const char *text, char ret[static HOST_NAME_MAX_SIZE]);

/* Reports whether this is a well-formed region ("eu-central-1"), known or not. */
bool region_is_valid(const char *region);

/*
 * Parses an ECR or ECR Public host, in any case, with an optional scheme, port or path. Returns 0,
 * or -EINVAL with *ret untouched.
 */
int registry_host_parse(const char *text, struct registry_host *ret);

/*
 * Makes a host of the administrator's own name for ECR (`[registry ecr.example.com] region = …`).
 * Returns 0, or -EINVAL if the name or the region is malformed.
 */
int registry_host_custom(const char *text, const char *region, struct registry_host *ret);
