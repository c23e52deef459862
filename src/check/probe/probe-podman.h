/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* podman, buildah and skopeo. */

#include "check/probe/probe-common.h"

/* Probes all files that they read. */
void probe_podman(struct probe *x);
