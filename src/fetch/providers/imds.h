/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The metadata service of an EC2 instance: IMDSv2, and IMDSv1 where only that is spoken. Source:
 * "Use the Instance Metadata Service" in the Amazon EC2 User Guide, "IMDS client" and "IMDS
 * credential provider" in the AWS SDKs and Tools Reference Guide.
 */

#include "fetch/identity/identity.h"
#include "fetch/providers/imds-settings.h"

/* A session; all zero before imds_open(). */
struct imds {
	struct imds_settings settings;
	struct secret token; /* empty: IMDSv1 */
	uint64_t deadline;
};

/*
 * Finds the service and gets a token, the identity's own where it has one from an earlier request.
 * One thread at a time for one identity. Returns 1; 0 with a reason where it is disabled or there
 * is none; a negative errno with a reason where a setting is wrong.
 */
int imds_open(const struct identity *identity, struct imds *ret, struct reason *ret_reason);

/*
 * Gets what is at a path below /latest/. Returns 0; a negative errno with a reason: -ENOENT where
 * it has no such thing (404).
 */
int imds_get(
        const struct imds *imds, const char *path, struct secret *ret, struct reason *ret_reason);

void imds_done(struct imds *imds);
