/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Parses a kubeconfig file. */

#include "publish/kubernetes/kubeconfig.h"

#define KUBECONFIG_MAX_SIZE (1024 * 1024)

/*
 * Pure: adds what a file says. path is absolute: relative ones in the file are its directory's.
 * Returns 0, or -EBADMSG with a reason that names file and line; *config then is as it was, or has
 * some of the file.
 */
int kubeconfig_parse(const char *data, size_t size, const char *path, struct kubeconfig *config,
        struct reason *ret_reason);
