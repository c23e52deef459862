/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A sink: the registry credentials of a Rancher server, 1.x or 2.x. */

#include "config/config.h"
#include "publish/sink.h"

/* As struct sink_type describes. */
int rancher_publish(const struct config_sink *sink, struct sink_run *sink_run);
uint64_t rancher_hash(const struct config_sink *sink);
