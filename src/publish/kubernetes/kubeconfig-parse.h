/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Parses a kubeconfig file. */

#include "publish/kubernetes/kubeconfig.h"

#define KUBECONFIG_MAX_SIZE (1024 * 1024)

/*
 * Pure: adds the contents of a file. path is absolute; relative paths in the file are relative to
 * its directory. Returns 0, or -EBADMSG with a reason that names file and line; *config may then
 * have some of the contents.
 */
int kubeconfig_parse(const char *data, size_t size, const char *path, struct kubeconfig *config,
        struct reason *ret_reason);
