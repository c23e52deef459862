/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Registry hosts: which of them are ECR, and what their names say about account, region and API.
 * The text comes from the administrator's ini, or from an image name at pull time.
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

/* "ecr", "ecr-public", "sts", "rolesanywhere" …: the name in a signature's scope. */
const char *aws_service_name(enum aws_service service);

struct registry_host {
	char name[HOST_NAME_MAX_SIZE]; /* bare and in lower case: the key in config.json */
	char account[13];              /* 12 digits, or "" for ECR Public and custom names */
	char region[REGION_MAX_SIZE];  /* where the API is asked: us-east-1 for ECR Public */
	const struct partition *partition;
	enum aws_service service;
	bool fips;
	bool dualstack;
};

/*
 * Takes scheme, path and the port 443 off and lowers the case: "https://Host:443/v2/" is "host".
 * Another port stays ("host:5000"), for that is the key docker uses. Returns 0, or -EINVAL where
 * that does not leave a host name.
 */
int host_normalize(const char *text, char ret[static HOST_NAME_MAX_SIZE]);

/* Whether this is a well-formed region label ("eu-central-1"), known or not. */
bool region_is_valid(const char *region);

/*
 * Reads an ECR or ECR Public host, in any case, with an optional scheme, port or path.
 * Returns 0, or -EINVAL where it is not one. *ret is untouched on failure.
 */
int registry_host_parse(const char *text, struct registry_host *ret);

/*
 * A name of the administrator's own in front of ECR (`[registry ecr.example.com] region = …`).
 * Returns 0, or -EINVAL where name or region is malformed.
 */
int registry_host_custom(const char *text, const char *region, struct registry_host *ret);
