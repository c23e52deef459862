/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The metadata service of an EC2 instance: IMDSv2, and IMDSv1 if the instance has only that.
 * Source: "Use the Instance Metadata Service" in the Amazon EC2 User Guide, "IMDS client" and "IMDS
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
 * Finds the service and gets a token, or reuses the identity's from an earlier request. For one
 * thread per identity. Returns 1; 0 with a reason if IMDS is disabled or not found; or a negative
 * errno with a reason if a setting is wrong.
 */
int imds_open(const struct identity *identity, struct imds *ret, struct reason *ret_reason);

/*
 * Gets a path below /latest/. Returns 0, or a negative errno with a reason; -ENOENT if the path
 * does not exist (404).
 */
int imds_get(
        const struct imds *imds, const char *path, struct secret *ret, struct reason *ret_reason);

void imds_done(struct imds *imds);
